"""The official MCP client asks a person and waits, through a hub that is killed meanwhile.

ask_client.py URL TOKEN ENGAGEMENT KEY

A call that is lost is made again: `ask_human` under the same key is the same question, and `get_answer` looks for what came
meanwhile. Prints one JSON object: the answer, and how many calls were lost.
"""

import asyncio
import json
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

# A call waits up to 25 seconds; whatever takes longer was lost.
PATIENCE_SECONDS = 40
PAUSE_SECONDS = 0.2


async def call(url, token, name, arguments):
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=PATIENCE_SECONDS) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            result = await asyncio.wait_for(client.call_tool(name, arguments), PATIENCE_SECONDS)
            assert not result.is_error, result
            return result.structured_content


async def ask(url, token, engagement, key):
    name = "ask_human"
    arguments = {
        "engagement_id": engagement,
        "title": f"Delete {key}?",
        "options": [{"key": "yes", "label": "Delete"}, {"key": "no", "label": "Keep"}],
        "key": key,
    }
    lost = 0
    while True:
        try:
            ask = await call(url, token, name, arguments)
        except Exception as error:
            print(f"lost: {error!r}", file=sys.stderr)
            lost += 1
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        if ask["closed"]:
            return {"answer": ask["answer"], "by": ask["answered_by_name"], "lost": lost}
        name, arguments = "get_answer", {"ask_id": ask["id"]}


print(json.dumps(asyncio.run(ask(*sys.argv[1:5]))))
