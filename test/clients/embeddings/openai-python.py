"""Asks for embeddings with OpenAI's SDK. A task is the first argument, as JSON; what came of it is printed, as JSON."""

import json
import sys

from openai import APIStatusError, OpenAI

task = json.loads(sys.argv[1])
client = OpenAI(base_url=task["base_url"], api_key=task["key"], max_retries=0)
try:
    answer = client.embeddings.create(model=task["model"], input=task["texts"])
    print(json.dumps({"vectors": [each.embedding for each in answer.data], "tokens": answer.usage.prompt_tokens}))
except APIStatusError as error:
    print(json.dumps({"error": {"status": error.status_code, "code": error.code}}))
