"""What the programs of Python's clients share; see serve.mjs, which does the same for Node's."""

import asyncio
import inspect
import json
import sys

TOOL = {
    "name": "get_weather",
    "description": "Tells the weather of a city.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "The city."}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
FUNCTION = {"type": "function", "function": TOOL}

IMAGE_BASE64 = (
    "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg=="
)
IMAGE_URL = f"data:image/png;base64,{IMAGE_BASE64}"

# A page without anything on it.
PDF_BASE64 = (
    "JVBERi0xLjQKMSAwIG9iago8PC9UeXBlL0NhdGFsb2cvUGFnZXMgMiAwIFI+PgplbmRvYmoKMiAwIG9iago8PC9UeXBlL1BhZ2VzL0tpZHNbMy"
    "AwIFJdL0NvdW50IDE+PgplbmRvYmoKMyAwIG9iago8PC9UeXBlL1BhZ2UvUGFyZW50IDIgMCBSL01lZGlhQm94WzAgMCA5IDldPj4KZW5kb2JqCnRyYWlsZXIKPDwvUm9vdCAxIDAgUj4+Cg=="
)
PDF_URL = f"data:application/pdf;base64,{PDF_BASE64}"

# How long the caller of a whole answer waits before it leaves, in seconds.
PATIENCE = 1.5


def weather(city):
    """What the tool says; a second turn is known by it."""
    return f"Sunny, 21 degrees in {city}."


def temperature_of(task):
    """What a task wants to send that most do not."""
    return {"temperature": task["temperature"]} if "temperature" in task else {}


def _first(*values):
    return next((value for value in values if value is not None), None)


def _error(error, describe):
    """Status and code from the error itself, or from the one that it was made of."""
    cause = error.__cause__
    status = _first(getattr(error, "status_code", None), getattr(cause, "status_code", None))
    body = _first(getattr(error, "body", None), getattr(cause, "body", None))
    body = body.get("error", body) if isinstance(body, dict) else {}
    code = _first(getattr(error, "code", None), body.get("code") if isinstance(body, dict) else None)
    told = {"class": type(error).__name__, "message": str(error), "status": status, "code": code}
    told.update(describe(error))
    if not isinstance(told["status"], int):
        del told["status"]
    if not isinstance(told["code"], str):
        del told["code"]
    return told


async def _run(action, task, describe):
    try:
        result = action(task)
        return (await result if inspect.isawaitable(result) else result) or {}
    except asyncio.CancelledError:
        return {"error": {"class": "CancelledError", "message": "cancelled"}}
    except Exception as error:  # Whatever a client throws is a fact.
        return {"error": _error(error, describe)}


def serve(actions, describe=lambda error: {}):
    """Answers each task on standard input with a line of facts, one after the other."""

    async def loop():
        running = asyncio.get_running_loop()
        while True:
            line = await running.run_in_executor(None, sys.stdin.readline)
            if not line:
                return
            task = json.loads(line)
            facts = await _run(actions[task["do"]], task, describe)
            print("\n" + json.dumps({"id": task["id"], "facts": facts}), flush=True)

    asyncio.run(loop())
