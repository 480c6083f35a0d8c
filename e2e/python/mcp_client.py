"""An MCP client made of the official Python SDK.

Arguments: the URL of the MCP server, and that of the client's metadata document if
it is to present one. It prints "open URL" where a real one opens the browser, and
at the end one line of JSON about what happened.
"""
import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

mcp_url, document = sys.argv[1], (sys.argv[2:] or [None])[0]


class Memory:
    """What a real client keeps on disk."""

    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Listener:
    """The loopback listener that receives the authorization response (RFC 8252 section 7.3)."""

    async def start(self):
        self.answer = asyncio.get_running_loop().create_future()
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callback"

    async def serve(self, reader, writer):
        target = (await reader.readline()).split()[1].decode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        answer = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        self.answer.set_result(AuthorizationCodeResult(**{k: answer.get(k) for k in ("code", "state", "iss")}))

    async def wait(self):
        return await self.answer


async def open_browser(url):
    happened["authorizations"] += 1
    print(f"open {url}", flush=True)


async def call(client, name, **arguments):
    result = await client.call_tool(name, arguments)
    return "\n".join(part.text for part in result.content)


async def main():
    listener, memory = Listener(), Memory()
    await listener.start()
    provider = OAuthClientProvider(
        server_url=mcp_url,
        client_metadata=OAuthClientMetadata(client_name="Python SDK", redirect_uris=[listener.url]),
        storage=memory,
        redirect_handler=open_browser,
        callback_handler=listener.wait,
        client_metadata_url=document,
    )
    async with create_mcp_http_client(auth=provider) as http:
        async with Client(streamable_http_client(mcp_url, http_client=http)) as client:
            happened["added"] = await call(client, "add_todo", title="From Python SDK")
            first = memory.tokens
            # By its own clock the access token is old, so the SDK refreshes.
            provider.context.token_expiry_time = 1.0
            happened["listed"] = await call(client, "list_todos")
    last = memory.tokens
    happened["refreshed"] = last.access_token != first.access_token and last.refresh_token != first.refresh_token
    happened["access_token"] = last.access_token


happened = {"authorizations": 0}
asyncio.run(main())
print(f"done {json.dumps(happened)}", flush=True)
