import asyncio
import json
import os
import sys

from anthropic import Anthropic, AsyncAnthropic

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from serve import IMAGE_BASE64, PATIENCE, PDF_BASE64, TOOL, serve, temperature_of, weather  # noqa: E402

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "celsius": {"type": "integer"}},
    "required": ["city", "celsius"],
    "additionalProperties": False,
}
TOOLS = [{"name": TOOL["name"], "description": TOOL["description"], "input_schema": TOOL["parameters"]}]


def connect(task, kind=Anthropic):
    return kind(base_url=task["url"], api_key=task["key"], max_retries=0)


def body_of(task):
    return {
        "model": task["model"],
        "max_tokens": 4_000,
        "messages": [{"role": "user", "content": task["prompt"]}],
        **({"extra_body": temperature_of(task)} if "temperature" in task else {}),
    }


def ask(task, **more):
    body = {**body_of(task), **more}
    messages = connect(task).messages
    if not task["stream"]:
        return messages.create(**body)
    with messages.stream(**body) as stream:
        return stream.get_final_message()


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def text(task):
    message = ask(task)
    usage = {"input": message.usage.input_tokens, "output": message.usage.output_tokens}
    return {"text": text_of(message), "usage": usage}


def loop(task, **more):
    messages = body_of(task)["messages"]
    calls, reasoning = [], ""
    while True:
        message = ask(task, messages=messages, tools=TOOLS, **more)
        reasoning += "".join(block.thinking for block in message.content if block.type == "thinking")
        uses = [block for block in message.content if block.type == "tool_use"]
        if not uses:
            return {"text": text_of(message), "calls": calls, "reasoning": reasoning}
        calls += [{"name": use.name, "args": use.input} for use in uses]
        results = [{"type": "tool_result", "tool_use_id": use.id, "content": weather(**use.input)} for use in uses]
        messages = [
            *messages,
            {"role": "assistant", "content": message.content},
            {"role": "user", "content": results},
        ]


def tools(task):
    facts = loop(task)
    del facts["reasoning"]
    return facts


def image(task):
    source = {"type": "base64", "media_type": "image/png", "data": IMAGE_BASE64}
    content = [{"type": "text", "text": task["prompt"]}, {"type": "image", "source": source}]
    return {"text": text_of(ask(task, messages=[{"role": "user", "content": content}]))}


def pdf(task):
    source = {"type": "base64", "media_type": "application/pdf", "data": PDF_BASE64}
    content = [{"type": "document", "source": source}, {"type": "text", "text": task["prompt"]}]
    return {"text": text_of(ask(task, messages=[{"role": "user", "content": content}]))}


def count(task):
    messages = body_of(task)["messages"]
    return {"tokens": connect(task).messages.count_tokens(model=task["model"], messages=messages).input_tokens}


def schema(task):
    message = ask(task, output_config={"format": {"type": "json_schema", "schema": SCHEMA}})
    return {"object": json.loads(text_of(message))}


async def abort(task):
    client = connect(task, AsyncAnthropic)
    if not task["stream"]:
        asked = asyncio.create_task(client.messages.create(**body_of(task)))
        await asyncio.sleep(PATIENCE)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        return {}
    async with client.messages.stream(**body_of(task)) as stream:
        async for piece in stream.text_stream:
            return {"text": piece}


serve(
    {
        "text": text,
        "tools": tools,
        "image": image,
        "pdf": pdf,
        "count": count,
        "schema": schema,
        "reasoning": lambda task: loop(task, thinking={"type": "enabled", "budget_tokens": 2_000}),
        "abort": abort,
    },
    lambda error: {"code": None},
)
