"""An MCP server made of FastMCP and its provider for Scalekit, unmodified: only the
environment URL and the resource id are this server's. Arguments: both, and the address
of the socket that it is given to listen on."""
import socket
import sys

import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth.providers.scalekit import ScalekitProvider
from fastmcp.server.dependencies import get_access_token

environment, resource, address = sys.argv[1:]
mcp = FastMCP("todo", auth=ScalekitProvider(
    environment_url=environment, resource_id=resource, base_url=f"http://{address}", required_scopes=["todo:write"],
))
todos = []


@mcp.tool
def add_todo(title: str) -> str:
    todos.append(f"{title} ({get_access_token().claims['sub']})")
    return "added"


@mcp.tool
def list_todos() -> str:
    return "\n".join(todos)


uvicorn.Server(uvicorn.Config(mcp.http_app())).run(sockets=[socket.socket(fileno=3)])
