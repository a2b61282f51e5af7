"""What a client of pydantic-ai does, whichever model class it has."""

import asyncio

from pydantic import BaseModel, Field
from pydantic_ai import Agent, BinaryContent, NativeOutput
from pydantic_ai.messages import ModelResponse, ThinkingPart

from serve import IMAGE_BASE64, PATIENCE, temperature_of, weather


class Weather(BaseModel):
    city: str
    celsius: int = Field(ge=-100, le=100)


def actions(model_of, thinking):
    """`model_of`: the model for a task. `thinking`: its own words for some reasoning."""

    def agent_of(task, settings=None, **more):
        return Agent(model_of(task), model_settings={**temperature_of(task), **(settings or {})}, retries=0, **more)

    async def run(agent, given, task):
        if not task["stream"]:
            result = await agent.run(given)
            return result.output, result
        async with agent.run_stream(given) as result:
            return await result.get_output(), result

    async def text(task):
        output, result = await run(agent_of(task), task["prompt"], task)
        usage = result.usage() if callable(result.usage) else result.usage
        told = {} if task["stream"] else {"usage": {"input": usage.input_tokens, "output": usage.output_tokens}}
        return {"text": output, **told}

    async def loop(task, settings=None):
        calls = []
        agent = agent_of(task, settings)

        @agent.tool_plain
        def get_weather(city: str) -> str:
            """Tells the weather of a city."""
            calls.append({"name": "get_weather", "args": {"city": city}})
            return weather(city)

        output, result = await run(agent, task["prompt"], task)
        parts = [part for each in result.all_messages() if isinstance(each, ModelResponse) for part in each.parts]
        thoughts = "".join(part.content for part in parts if isinstance(part, ThinkingPart))
        # They run at the same time.
        calls.sort(key=lambda call: call["args"]["city"] != "Oslo")
        return {"text": output, "calls": calls, "reasoning": thoughts}

    async def image(task):
        import base64

        picture = BinaryContent(base64.b64decode(IMAGE_BASE64), media_type="image/png")
        output, _ = await run(agent_of(task), [task["prompt"], picture], task)
        return {"text": output}

    async def schema(task):
        output, _ = await run(agent_of(task, output_type=NativeOutput(Weather)), task["prompt"], task)
        return {"object": output.model_dump()}

    async def abort(task):
        agent = agent_of(task)
        if not task["stream"]:
            asked = asyncio.create_task(agent.run(task["prompt"]))
            await asyncio.sleep(PATIENCE)
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
            return {}

        said = asyncio.get_running_loop().create_future()

        async def listen():
            async with agent.run_stream(task["prompt"]) as result:
                async for piece in result.stream_text(delta=True, debounce_by=None):
                    if piece and not said.done():
                        said.set_result(piece)

        asked = asyncio.create_task(listen())
        await asyncio.wait([asked, said], return_when=asyncio.FIRST_COMPLETED, timeout=10)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        return {"text": said.result() if said.done() else ""}

    return {
        "text": text,
        "tools": loop,
        "image": image,
        "schema": schema,
        "reasoning": lambda task: loop(task, thinking),
        "abort": abort,
    }
