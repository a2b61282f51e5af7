import asyncio
import json
import os
import sys

from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel, Field

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from serve import IMAGE_URL, PATIENCE, PDF_URL, TOOL, serve, temperature_of, weather  # noqa: E402

TOOLS = [{"type": "function", "strict": True, **TOOL}]


class Weather(BaseModel):
    city: str
    celsius: int = Field(ge=-100, le=100)


def connect(task, kind=OpenAI):
    return kind(base_url=task["url"] + "/v1", api_key=task["key"], max_retries=0)


def body_of(task):
    return {"model": task["model"], "input": task["prompt"], "store": False, **temperature_of(task)}


def text(task):
    responses = connect(task).responses
    if not task["stream"]:
        response = responses.create(**body_of(task))
        usage = {"input": response.usage.input_tokens, "output": response.usage.output_tokens}
        return {"text": response.output_text, "usage": usage}
    said = ""
    for event in responses.create(**body_of(task), stream=True):
        if event.type == "response.output_text.delta":
            said += event.delta
        if event.type == "response.failed":
            error = event.response.error
            return {"error": {"class": "ResponseError", "code": error.code, "message": error.message}}
    return {"text": said}


def respond(task, **more):
    """A response, or the one that the streaming helper ends with."""
    responses = connect(task).responses
    body = {**body_of(task), **more}
    if not task["stream"]:
        return responses.parse(**body) if "text_format" in body else responses.create(**body)
    with responses.stream(**body) as stream:
        for _ in stream:
            pass
        return stream.get_final_response()


def loop(task, **more):
    conversation = [{"role": "user", "content": task["prompt"]}]
    calls, reasoning = [], ""
    while True:
        response = respond(task, input=conversation, tools=TOOLS, **more)
        conversation += response.output
        for item in response.output:
            if item.type == "reasoning":
                reasoning += "".join(part.text for part in item.summary)
        wanted = [item for item in response.output if item.type == "function_call"]
        if not wanted:
            return {"text": response.output_text, "calls": calls, "reasoning": reasoning}
        for call in wanted:
            args = json.loads(call.arguments)
            calls.append({"name": call.name, "args": args})
            output = {"type": "function_call_output", "call_id": call.call_id, "output": weather(**args)}
            conversation.append(output)


def ask_about(task, part):
    content = [{"type": "input_text", "text": task["prompt"]}, part]
    return {"text": respond(task, input=[{"role": "user", "content": content}]).output_text}


def schema(task):
    return {"object": respond(task, text_format=Weather).output_parsed.model_dump()}


async def abort(task):
    client = connect(task, AsyncOpenAI)
    if not task["stream"]:
        asked = asyncio.create_task(client.responses.create(**body_of(task)))
        await asyncio.sleep(PATIENCE)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        return {}
    stream = await client.responses.create(**body_of(task), stream=True)
    async for event in stream:
        if event.type == "response.output_text.delta":
            await stream.close()
            return {"text": event.delta}


serve(
    {
        "text": text,
        "tools": loop,
        "image": lambda task: ask_about(task, {"type": "input_image", "image_url": IMAGE_URL, "detail": "auto"}),
        "pdf": lambda task: ask_about(task, {"type": "input_file", "filename": "page.pdf", "file_data": PDF_URL}),
        "schema": schema,
        "reasoning": lambda task: loop(
            task,
            reasoning={"effort": "medium", "summary": "auto"},
            include=["reasoning.encrypted_content"],
        ),
        "abort": abort,
    }
)
