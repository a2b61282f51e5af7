"""The same with LangChain, which sends ids of tokens unless it is told otherwise."""

import json
import sys

from langchain_openai import OpenAIEmbeddings
from openai import APIStatusError

task = json.loads(sys.argv[1])
client = OpenAIEmbeddings(base_url=task["base_url"], api_key=task["key"], model=task["model"], max_retries=0)
try:
    print(json.dumps({"vectors": client.embed_documents(task["texts"])}))
except APIStatusError as error:
    print(json.dumps({"error": {"status": error.status_code, "code": error.code}}))
