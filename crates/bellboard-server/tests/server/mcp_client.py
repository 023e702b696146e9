"""The official MCP client of another language lists the tools and starts, reports and finishes a run.

mcp_client.py http URL TOKEN ENGAGEMENT      over streamable HTTP
mcp_client.py stdio ENGAGEMENT COMMAND...    over standard input and output of the command

Each is done in both revisions of the protocol. The client itself checks every answer against the tool's output schema.
Prints one JSON object per revision, for the test that started it.
"""

import asyncio
import json
import os
import sys

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

REVISIONS = [("2026-07-28", "2026-07-28"), ("legacy", "2025-11-25")]
EXPECTED = {"list_memberships", "needs_you", "start_run", "report_run", "finish_run", "ask_human", "list_ready_tasks"}


async def use(client, engagement, revision):
    assert client.protocol_version == revision, client.protocol_version
    tools = (await client.list_tools()).tools
    names = {tool.name for tool in tools}
    assert EXPECTED <= names, names
    for tool in tools:
        assert tool.description and tool.input_schema["type"] == "object" and tool.output_schema["type"] == "object"
    hints = {tool.name: tool.annotations for tool in tools}
    assert hints["needs_you"].read_only_hint and not hints["start_run"].read_only_hint
    assert hints["finish_run"].idempotent_hint

    memberships = await call(client, "list_memberships", {})
    place = next(item for item in memberships["items"] if item["engagement_id"] == engagement)
    waiting = await call(client, "needs_you", {})
    assert waiting["items"] == [], waiting
    started = await call(
        client,
        "start_run",
        {
            "engagement_id": engagement,
            "type": "test.tools",
            "label": "Tools \u00fc",
            "identity_mode": "nonce",
            "status": "running",
        },
    )
    run = started["run"]["id"]
    report = {"run_id": run, "processed": 3, "total": 7, "unit": "files", "message": "under way"}
    reported = await call(client, "report_run", report)
    assert reported["run"]["progress"]["processed"] == 3, reported
    finished = await call(client, "finish_run", {"run_id": run, "outcome": "succeeded", "grade": "observed"})
    assert finished["run"]["status"] == "completed", finished

    refused = await client.call_tool("finish_run", {"run_id": run, "outcome": "failed"})
    assert refused.is_error
    problem = json.loads(refused.content[0].text)
    assert problem["status"] == 409, problem
    unknown = await client.call_tool("report_run", {"run_id": run, "percent": 42})
    assert unknown.is_error and json.loads(unknown.content[0].text)["field"] == "percent"
    return {"revision": revision, "engagement": place["engagement_name"], "run": run, "tools": sorted(names)}


async def call(client, name, arguments):
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def over_http(url, token, engagement):
    for mode, revision in REVISIONS:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(headers=headers) as http:
            async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
                print(json.dumps(await use(client, engagement, revision)))


async def over_stdio(engagement, command):
    for mode, revision in REVISIONS:
        server = StdioServerParameters(command=command[0], args=command[1:], env=dict(os.environ))
        async with Client(server, mode=mode) as client:
            print(json.dumps(await use(client, engagement, revision)))


if __name__ == "__main__":
    if sys.argv[1] == "http":
        asyncio.run(over_http(*sys.argv[2:5]))
    else:
        asyncio.run(over_stdio(sys.argv[2], sys.argv[3:]))
