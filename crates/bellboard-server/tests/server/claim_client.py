"""The official MCP client works through the list of ready tasks as one agent of several.

claim_client.py URL TOKEN [DIE_AFTER]

Says `ready` when it is connected and waits for a line before it begins, so that several begin together. It lists what is
ready, claims from the top and does what it was given, until nothing is ready; with DIE_AFTER it ends in the middle of the
work on so manieth task, without a word. Prints one JSON object: what it claimed with the numbers of the claims, and how often
somebody else was faster.
"""

import asyncio
import json
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def tell(client, name, arguments):
    result = await client.call_tool(name, arguments)
    if result.is_error:
        return None, json.loads(result.content[0].text)
    return result.structured_content, None


async def work(client, die_after):
    claimed, outrun = {}, 0
    while True:
        ready, _ = await tell(client, "list_ready_tasks", {"limit": 5})
        if not ready["items"]:
            return {"claimed": claimed, "outrun": outrun}
        for task in ready["items"]:
            given, problem = await tell(client, "claim_task", {"task_id": task["id"], "lease_seconds": 60})
            if problem:
                assert problem["code"] in ("task_claimed", "task_closed"), problem
                assert problem["code"] == "task_closed" or problem["claim_until"], problem
                outrun += 1
                continue
            fence = given["claim_fence"]
            claimed[task["external_id"]] = fence
            says = {"task_id": task["id"], "claim_fence": fence}
            begun, _ = await tell(client, "update_task", {**says, "status": "in_progress"})
            assert begun["status"] == "in_progress", begun
            if len(claimed) == die_after:
                return {"claimed": claimed, "outrun": outrun}
            done, _ = await tell(client, "update_task", {**says, "status": "done"})
            assert done["status"] == "done", done


async def main(url, token, die_after):
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            print(json.dumps(await work(client, die_after)))


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None))
