// An MCP client that knows only how to start a program, and starts mcp-remote.
//
// Arguments: where mcp-remote keeps what it remembers, and the URL of the MCP server.
// It prints "open URL" when mcp-remote asks for a login, and at the end one line of
// JSON about what happened.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

const [home, mcpURL] = process.argv.slice(2)
const program = fileURLToPath(new URL('node_modules/mcp-remote/dist/proxy.js', import.meta.url))
const happened = { authorizations: 0 }

// It must open no browser on the machine that runs the tests.
const path = `${home}/path`
mkdirSync(path)
for (const opener of ['xdg-open', 'open']) {
  writeFileSync(`${path}/${opener}`, '#!/bin/sh\n')
  chmodSync(`${path}/${opener}`, 0o755)
}

async function call(tool, args) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, mcpURL],
    env: { ...process.env, PATH: `${path}:${process.env.PATH}`, MCP_REMOTE_CONFIG_DIR: `${home}/config` },
    stderr: 'pipe',
  })
  createInterface(transport.stderr).on('line', (line) => {
    if (!line.startsWith('http://') && !line.startsWith('https://')) return
    happened.authorizations++
    console.log(`open ${line}`)
  })
  const client = new Client({ name: 'stdio-client', version: '1.0.0' })
  await client.connect(transport)
  const { content } = await client.callTool({ name: tool, arguments: args })
  await client.close()
  return content.map((part) => part.text).join('\n')
}

happened.added = await call('add_todo', { title: 'From mcp-remote' })
happened.listed = await call('list_todos', {})
console.log(`done ${JSON.stringify(happened)}`)
