import asyncio
import os
import sys

from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from openai import AsyncOpenAI
from openai.types.shared import Reasoning
from pydantic import BaseModel, Field

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from serve import IMAGE_URL, PATIENCE, serve, temperature_of, weather  # noqa: E402

set_tracing_disabled(True)


class Weather(BaseModel):
    city: str
    celsius: int = Field(ge=-100, le=100)


def agent_of(task, settings=None, **more):
    client = AsyncOpenAI(base_url=task["url"] + "/v1", api_key=task["key"], max_retries=0)
    kind = OpenAIResponsesModel if task["surface"] == "responses" else OpenAIChatCompletionsModel
    model = kind(model=task["model"], openai_client=client)
    return Agent(
        name="Weather", model=model, model_settings=ModelSettings(**temperature_of(task), **(settings or {})), **more
    )


async def run(agent, given, task):
    if not task["stream"]:
        return await Runner.run(agent, given)
    result = Runner.run_streamed(agent, given)
    async for _ in result.stream_events():
        pass
    return result


async def text(task):
    return {"text": (await run(agent_of(task), task["prompt"], task)).final_output}


async def loop(task, settings=None):
    calls = []

    @function_tool
    def get_weather(city: str) -> str:
        """Tells the weather of a city."""
        calls.append({"name": "get_weather", "args": {"city": city}})
        return weather(city)

    result = await run(agent_of(task, settings, tools=[get_weather]), task["prompt"], task)
    # They run at the same time.
    return {"text": result.final_output, "calls": sorted(calls, key=lambda call: call["args"]["city"] != "Oslo")}


async def image(task):
    content = [
        {"type": "input_text", "text": task["prompt"]},
        {"type": "input_image", "image_url": IMAGE_URL, "detail": "auto"},
    ]
    return {"text": (await run(agent_of(task), [{"role": "user", "content": content}], task)).final_output}


async def schema(task):
    return {"object": (await run(agent_of(task, output_type=Weather), task["prompt"], task)).final_output.model_dump()}


async def abort(task):
    if not task["stream"]:
        asked = asyncio.create_task(Runner.run(agent_of(task), task["prompt"]))
        await asyncio.sleep(PATIENCE)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        return {}
    result = Runner.run_streamed(agent_of(task), task["prompt"])
    said = ""
    async for event in result.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            said += event.data.delta
            result.cancel()
    return {"text": said}


serve(
    {
        "text": text,
        "tools": loop,
        "image": image,
        "schema": schema,
        "reasoning": lambda task: loop(task, {"reasoning": Reasoning(effort="medium")}),
        "abort": abort,
    }
)
