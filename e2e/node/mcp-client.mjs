// An MCP client made of the official TypeScript SDK. Arguments: "v1" or "v2", the URL
// of the MCP server, and that of the client's metadata document if it is to present
// one. It prints "open URL" where a real one opens the browser, and at the end one
// line of JSON about what happened.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';

const [version, mcpURL, document] = process.argv.slice(2);
const { Client, StreamableHTTPClientTransport, UnauthorizedError } = await sdk(version);

async function sdk(version) {
  if (version === 'v2') return import('@modelcontextprotocol/client');
  const [client, transport, auth] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
    import('@modelcontextprotocol/sdk/client/auth.js'),
  ]);
  return { ...client, ...transport, ...auth };
}

// The loopback listener that receives the authorization response (RFC 8252 §7.3).
const listener = createServer();
await new Promise((done) => listener.listen(0, '127.0.0.1', done));
const redirectUrl = `http://127.0.0.1:${listener.address().port}/callback`;
const answered = new Promise((done) => {
  listener.on('request', (request, response) => {
    response.end('You can close this window.');
    done(new URL(request.url, redirectUrl).searchParams);
  });
});

const saved = {}; // what a real client keeps on disk
const happened = { authorizations: 0 };
const state = randomUUID();
const provider = {
  redirectUrl,
  clientMetadataUrl: document,
  clientMetadata: {
    client_name: `TypeScript SDK ${version}`,
    redirect_uris: [redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  },
  state: () => state,
  clientInformation: () => saved.client,
  saveClientInformation(client) {
    saved.client = client;
  },
  tokens: () => saved.tokens,
  saveTokens(tokens) {
    saved.tokens = tokens;
  },
  redirectToAuthorization(url) {
    happened.authorizations++;
    console.log(`open ${url}`);
  },
  saveCodeVerifier(verifier) {
    saved.verifier = verifier;
  },
  codeVerifier: () => saved.verifier,
};

async function connect() {
  const client = new Client({ name: 'symbolon-e2e', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(new URL(mcpURL), { authProvider: provider });
  try {
    await client.connect(transport);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    const answer = await answered;
    if (answer.get('state') !== state) throw new Error('the authorization response has another state');
    // v2 checks iss (RFC 9207); v1 takes the code alone.
    await transport.finishAuth(version === 'v2' ? answer : answer.get('code'));
    return connect();
  }
  return client;
}

async function call(client, name, args = {}) {
  const result = await client.callTool({ name, arguments: args });
  return result.content.map((part) => part.text).join('\n');
}

const client = await connect();
happened.added = await call(client, 'add_todo', { title: `From TypeScript SDK ${version}` });
const first = saved.tokens;

// An access token that is no longer good makes the SDK refresh, in the middle of a call.
saved.tokens = { ...first, access_token: `${first.access_token}x` };
happened.listed = await call(client, 'list_todos');
happened.refreshed = saved.tokens.access_token !== first.access_token && saved.tokens.refresh_token !== first.refresh_token;
happened.access_token = saved.tokens.access_token;
await client.close();
listener.close();
console.log(`done ${JSON.stringify(happened)}`);
process.exit(0);
