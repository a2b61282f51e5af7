import os
import sys

import instructor
from openai import OpenAI
from pydantic import BaseModel, Field

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from serve import IMAGE_BASE64, serve, temperature_of  # noqa: E402


class Weather(BaseModel):
    """The weather of a city."""

    city: str
    celsius: int = Field(ge=-100, le=100)


def create(task, content, model):
    """An object, or the last state of one that grows."""
    openai = OpenAI(base_url=task["url"] + "/v1", api_key=task["key"], max_retries=0)
    # At its default a schema is a tool that has to be called.
    client = instructor.from_openai(openai)
    body = {
        "model": task["model"],
        "response_model": model,
        "max_retries": 0,
        "messages": [{"role": "user", "content": content}],
        **temperature_of(task),
    }
    if model is None or not task["stream"]:
        return client.chat.completions.create(**body, **({"stream": True} if task["stream"] else {}))
    last = None
    for last in client.chat.completions.create_partial(**body):
        pass
    return last


def said(task, content):
    answer = create(task, content, None)
    if not task["stream"]:
        return {"text": answer.choices[0].message.content}
    return {"text": "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)}


def text(task):
    return said(task, task["prompt"])


def image(task):
    picture = instructor.Image.from_raw_base64(IMAGE_BASE64)
    return said(task, [task["prompt"], picture])


def schema(task):
    return {"object": create(task, task["prompt"], Weather).model_dump()}


serve({"text": text, "image": image, "schema": schema})
