"""An MCP server made of the official Python SDK and the guard that "symbolon config
guard" prints. Arguments: the guard's file and where to listen."""
import importlib.util
import sys

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.mcpserver import MCPServer

path, address = sys.argv[1:]
spec = importlib.util.spec_from_file_location("guard", path)
guard = importlib.util.module_from_spec(spec)
spec.loader.exec_module(guard)

mcp = MCPServer("todo", token_verifier=guard.SymbolonTokens(), auth=guard.auth)
todos = []


@mcp.tool()
def add_todo(title: str) -> str:
    todos.append(f"{title} ({get_access_token().subject})")
    return "added"


@mcp.tool()
def list_todos() -> str:
    return "\n".join(todos)


host, port = address.split(":")
mcp.run(transport="streamable-http", host=host, port=int(port), stateless_http=True, json_response=True)
