// An MCP server made of the official TypeScript SDK, Express and the guard that
// "symbolon config guard" prints. Arguments: the guard's file and where to listen.
import express from 'express';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

const [guard, address] = process.argv.slice(2);
const { requireLogin } = await import(guard);
const todos = [];

function server() {
  const mcp = new McpServer({ name: 'todo', version: '1.0.0' });
  const say = (text) => ({ content: [{ type: 'text', text }] });
  mcp.registerTool('add_todo', { inputSchema: { title: z.string() } }, ({ title }, { authInfo }) => {
    todos.push(`${title} (${authInfo.extra.sub})`);
    return say('added');
  });
  mcp.registerTool('list_todos', { inputSchema: {} }, () => say(todos.join('\n')));
  return mcp;
}

const app = express();
app.use('/mcp', express.json(), requireLogin);
app.post('/mcp', async (request, response) => {
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  response.on('close', () => transport.close());
  await server().connect(transport);
  await transport.handleRequest(request, response, request.body);
});
app.all('/mcp', (_, response) => response.status(405).end());

const [host, port] = address.split(':');
app.listen(Number(port), host);
