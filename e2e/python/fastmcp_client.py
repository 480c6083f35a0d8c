"""An MCP client made of FastMCP, as its users write it.

Argument: the URL of the MCP server. It prints "open URL" where it would open the
browser, and at the end one line of JSON about what happened.
"""
import asyncio
import json
import sys
import warnings

from fastmcp import Client
from fastmcp.client.auth import OAuth

warnings.simplefilter("ignore")  # tokens are kept in memory here
happened = {"authorizations": 0}


class Printed(OAuth):
    async def redirect_handler(self, authorization_url):
        happened["authorizations"] += 1
        print(f"open {authorization_url}", flush=True)


async def call(client, name, **arguments):
    result = await client.call_tool(name, arguments)
    return "\n".join(part.text for part in result.content)


async def main():
    auth = Printed(client_name="FastMCP")
    async with Client(sys.argv[1], auth=auth) as client:
        happened["added"] = await call(client, "add_todo", title="From FastMCP")
        first = auth.context.current_tokens
        # By its own clock the access token is old, so it refreshes.
        auth.context.token_expiry_time = 1.0
        happened["listed"] = await call(client, "list_todos")
    last = auth.context.current_tokens
    happened["refreshed"] = last.access_token != first.access_token and last.refresh_token != first.refresh_token
    happened["access_token"] = last.access_token


asyncio.run(main())
print(f"done {json.dumps(happened)}", flush=True)
