import asyncio
import json
import os
import sys

import litellm
from pydantic import BaseModel, Field

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from serve import FUNCTION, IMAGE_URL, PATIENCE, serve, temperature_of, weather  # noqa: E402

litellm.suppress_debug_info = True
litellm.telemetry = False


class Weather(BaseModel):
    city: str
    celsius: int = Field(ge=-100, le=100)


def body_of(task):
    return {
        "model": "openai/" + task["model"],
        "api_base": task["url"] + "/v1",
        "api_key": task["key"],
        "num_retries": 0,
        "max_retries": 0,
        "messages": [{"role": "user", "content": task["prompt"]}],
        **temperature_of(task),
    }


def complete(task, **more):
    """A completion, or one that LiteLLM builds of the chunks of a stream."""
    body = {**body_of(task), **more}
    if not task["stream"]:
        return litellm.completion(**body)
    chunks = list(litellm.completion(**body, stream=True))
    return litellm.stream_chunk_builder(chunks, messages=body["messages"])


def text(task):
    completion = complete(task)
    told = completion.usage
    # Of a stream that did not ask for usage LiteLLM makes an estimate of its own.
    usage = {} if task["stream"] else {"usage": {"input": told.prompt_tokens, "output": told.completion_tokens}}
    return {"text": completion.choices[0].message.content, **usage}


def loop(task, **more):
    messages = body_of(task)["messages"]
    calls, reasoning = [], ""
    while True:
        message = complete(task, messages=messages, tools=[FUNCTION], **more).choices[0].message
        reasoning += getattr(message, "reasoning_content", None) or ""
        if not message.tool_calls:
            return {"text": message.content, "calls": calls, "reasoning": reasoning}
        messages = [*messages, message.model_dump(exclude_none=True)]
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
    return {"text": complete(task, messages=[{"role": "user", "content": content}]).choices[0].message.content}


def schema(task):
    completion = complete(task, response_format=Weather)
    return {"object": json.loads(completion.choices[0].message.content)}


async def abort(task):
    if not task["stream"]:
        asked = asyncio.create_task(litellm.acompletion(**body_of(task)))
        await asyncio.sleep(PATIENCE)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        return {}
    stream = await litellm.acompletion(**body_of(task), stream=True)
    async for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            await stream.aclose()
            return {"text": chunk.choices[0].delta.content}


def describe(error):
    """It has classes of its own instead of codes."""
    return {"code": "context_length_exceeded" if isinstance(error, litellm.ContextWindowExceededError) else None}


serve(
    {
        "text": text,
        "tools": tools,
        "image": image,
        "schema": schema,
        "reasoning": lambda task: loop(task, reasoning_effort="medium", allowed_openai_params=["reasoning_effort"]),
        "abort": abort,
    },
    describe,
)
