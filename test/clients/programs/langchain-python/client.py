import asyncio
import os
import sys

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, Field

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from serve import FUNCTION, IMAGE_URL, PATIENCE, serve, temperature_of, weather  # noqa: E402


class Weather(BaseModel):
    """The weather of a city."""

    city: str
    celsius: int = Field(ge=-100, le=100)


def connect(task, **more):
    return ChatOpenAI(
        model=task["model"],
        base_url=task["url"] + "/v1",
        api_key=task["key"],
        max_retries=0,
        use_responses_api=task["surface"] == "responses",
        **temperature_of(task),
        **more,
    )


def ask(model, messages, task):
    """An answer, or its chunks put together as LangChain does it."""
    if not task["stream"]:
        return model.invoke(messages)
    message = None
    for chunk in model.stream(messages):
        message = chunk if message is None else message + chunk
    return message


def text(task):
    message = ask(connect(task), task["prompt"], task)
    usage = message.usage_metadata
    told = {"usage": {"input": usage["input_tokens"], "output": usage["output_tokens"]}} if usage else {}
    return {"text": message.text, **told}


def loop(task, **more):
    model = connect(task, **more).bind_tools([FUNCTION])
    messages, calls = [HumanMessage(task["prompt"])], []
    while True:
        message = ask(model, messages, task)
        if not message.tool_calls:
            return {"text": message.text, "calls": calls}
        messages.append(message)
        for call in message.tool_calls:
            calls.append({"name": call["name"], "args": call["args"]})
            messages.append(ToolMessage(weather(**call["args"]), tool_call_id=call["id"]))


def think(task):
    if task["surface"] == "responses":
        return loop(task, reasoning={"effort": "medium", "summary": "auto"})
    return loop(task, reasoning_effort="medium")


def image(task):
    content = [{"type": "text", "text": task["prompt"]}, {"type": "image_url", "image_url": {"url": IMAGE_URL}}]
    return {"text": ask(connect(task), [HumanMessage(content)], task).text}


def schema(task):
    model = connect(task).with_structured_output(Weather, method="json_schema", strict=True)
    if not task["stream"]:
        return {"object": model.invoke(task["prompt"]).model_dump()}
    *_, last = model.stream(task["prompt"])
    return {"object": last.model_dump()}


async def abort(task):
    model = connect(task)
    if not task["stream"]:
        asked = asyncio.create_task(model.ainvoke(task["prompt"]))
        await asyncio.sleep(PATIENCE)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        return {}
    stream = model.astream(task["prompt"])
    async for chunk in stream:
        if chunk.text:
            await stream.aclose()
            return {"text": chunk.text}


def describe(error):
    overflow = any(each.__name__ == "ContextOverflowError" for each in type(error).__mro__)
    return {"code": "context_length_exceeded"} if overflow else {}


serve(
    {
        "text": text,
        "tools": loop,
        "image": image,
        "schema": schema,
        "reasoning": think,
        "abort": abort,
    },
    describe,
)
