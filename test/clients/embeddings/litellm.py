"""The same with LiteLLM, to which we are a server that is compatible with OpenAI."""

import json
import sys

# Not this file, which has the same name.
sys.path.pop(0)

import litellm  # noqa: E402

task = json.loads(sys.argv[1])
try:
    answer = litellm.embedding(
        model="openai/" + task["model"],
        input=task["texts"],
        api_base=task["base_url"],
        api_key=task["key"],
        max_retries=0,
    )
    print(json.dumps({"vectors": [each["embedding"] for each in answer.data], "tokens": answer.usage.prompt_tokens}))
except litellm.exceptions.APIError as error:
    print(json.dumps({"error": {"status": error.status_code, "code": None}}))
except litellm.exceptions.BadRequestError as error:
    print(json.dumps({"error": {"status": error.status_code, "code": None}}))
