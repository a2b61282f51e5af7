import asyncio
import json
import os
import sys

from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel, Field

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from serve import FUNCTION, IMAGE_URL, PATIENCE, serve, temperature_of, weather  # noqa: E402


class Weather(BaseModel):
    city: str
    celsius: int = Field(ge=-100, le=100)


def connect(task, kind=OpenAI):
    return kind(base_url=task["url"] + "/v1", api_key=task["key"], max_retries=0)


def body_of(task):
    return {"model": task["model"], "messages": [{"role": "user", "content": task["prompt"]}], **temperature_of(task)}


def text(task):
    client = connect(task)
    if not task["stream"]:
        completion = client.chat.completions.create(**body_of(task))
        usage = completion.usage
        return {
            "text": completion.choices[0].message.content,
            "usage": {"input": usage.prompt_tokens, "output": usage.completion_tokens},
        }
    # As OpenAI's reference has it: https://platform.openai.com/docs/api-reference/chat/create, "Streaming".
    said = ""
    for chunk in client.chat.completions.create(**body_of(task), stream=True):
        said += chunk.choices[0].delta.content or ""
    return {"text": said}


def complete(task, **more):
    """A completion, or what the streaming helper makes of a stream."""
    completions = connect(task).chat.completions
    body = {**body_of(task), **more}
    if not task["stream"]:
        return completions.create(**body), ""
    thought = ""
    with completions.stream(**body) as stream:
        for event in stream:
            if event.type == "chunk" and event.chunk.choices:
                thought += getattr(event.chunk.choices[0].delta, "reasoning", None) or ""
        return stream.get_final_completion(), thought


def loop(task, **more):
    messages = body_of(task)["messages"]
    calls, reasoning = [], ""
    while True:
        completion, thought = complete(task, messages=messages, tools=[FUNCTION], **more)
        message = completion.choices[0].message
        reasoning += thought or getattr(message, "reasoning", None) or ""
        if not message.tool_calls:
            return {"text": message.content, "calls": calls, "reasoning": reasoning}
        messages = [*messages, message]
        for call in message.tool_calls:
            args = json.loads(call.function.arguments)
            calls.append({"name": call.function.name, "args": args})
            messages.append({"role": "tool", "tool_call_id": call.id, "content": weather(**args)})


def tools(task):
    facts = loop(task)
    del facts["reasoning"]
    return facts


def image(task):
    content = [{"type": "text", "text": task["prompt"]}, {"type": "image_url", "image_url": {"url": IMAGE_URL}}]
    completion, _ = complete(task, messages=[{"role": "user", "content": content}])
    return {"text": completion.choices[0].message.content}


def schema(task):
    completions = connect(task).chat.completions
    body = {**body_of(task), "response_format": Weather}
    if task["stream"]:
        with completions.stream(**body) as stream:
            completion = stream.get_final_completion()
    else:
        completion = completions.parse(**body)
    return {"object": completion.choices[0].message.parsed.model_dump()}


async def abort(task):
    client = connect(task, AsyncOpenAI)
    if not task["stream"]:
        asked = asyncio.create_task(client.chat.completions.create(**body_of(task)))
        await asyncio.sleep(PATIENCE)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        return {}
    stream = await client.chat.completions.create(**body_of(task), stream=True)
    async for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            await stream.close()
            return {"text": chunk.choices[0].delta.content}


serve(
    {
        "text": text,
        "tools": tools,
        "image": image,
        "schema": schema,
        "reasoning": lambda task: loop(task, reasoning_effort="medium"),
        "abort": abort,
    }
)
