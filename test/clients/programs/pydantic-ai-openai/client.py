import os
import sys

from openai import AsyncOpenAI
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from pydantic_actions import actions  # noqa: E402
from serve import serve  # noqa: E402


def model_of(task):
    client = AsyncOpenAI(base_url=task["url"] + "/v1", api_key=task["key"], max_retries=0)
    return OpenAIChatModel(task["model"], provider=OpenAIProvider(openai_client=client))


serve(actions(model_of, {"openai_reasoning_effort": "medium"}))
