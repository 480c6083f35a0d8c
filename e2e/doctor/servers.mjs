// Starts one server for each case and prints their URLs as one line of JSON. The
// MCP server is made of the MCP SDK's own middleware; the authorization server is
// node-oidc-provider or the SDK's example. A case changes their configuration, or
// puts something in front of them as a proxy or framework would.
import http from 'node:http';
import cors from 'cors';
import express from 'express';
import Provider from 'oidc-provider';
import { DemoInMemoryAuthProvider } from '@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js';
import { mcpAuthMetadataRouter, mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';

const html = '<!doctype html><title>App</title><div id="root"></div>';
const wellKnown = (path) => path.startsWith('/.well-known/');

// listen serves an app that is made once its address is known.
async function listen(make) {
  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  server.on('request', await make(url));
  return url;
}

// oidcConfiguration is a healthy configuration for MCP servers.
const oidcConfiguration = (c) => ({
  clientBasedCORS: () => true,
  clientAuthMethods: c.clientAuthMethods ?? ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  cookies: { keys: ['a key of the tests alone'] },
  jwks: undefined,
  scopes: ['openid', 'offline_access'],
  issueRefreshToken: async () => true,
  rotateRefreshToken: c.rotateRefreshToken ?? true,
  ttl: { AccessToken: c.ttl ?? 600, Grant: 86400, Interaction: 600, RefreshToken: 86400, Session: 600, IdToken: 600 },
  findAccount: async (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: c.registration ?? true, initialAccessToken: c.initialAccessToken ?? false },
    clientIdMetadataDocument: { enabled: c.documents ?? true, ack: 'draft-02' },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: async () => undefined,
      useGrantedResource: async () => true,
      getResourceServerInfo: async (_ctx, resource) => ({
        scope: 'mcp:tools',
        audience: c.audience ?? resource,
        accessTokenTTL: c.ttl ?? 600,
        accessTokenFormat: 'jwt',
        jwt: { sign: c.sign ?? { alg: 'RS256' } },
      }),
    },
  },
});

// agree is a user who is signed in and agrees to everything.
const agree = (provider) => async (req, res) => {
  const { prompt, params, session, grantId } = await provider.interactionDetails(req, res);
  if (prompt.name === 'login') {
    await provider.interactionFinished(req, res, { login: { accountId: 'alice' } });
    return;
  }
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  if (prompt.details.missingOIDCScope) grant.addOIDCScope(prompt.details.missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(prompt.details.missingResourceScopes ?? {})) grant.addResourceScope(resource, scopes.join(' '));
  await provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
};

// oidcServer is node-oidc-provider. Out of the box it lets pages of other origins
// neither register nor read errors about unknown clients; a healthy one has that added.
async function oidcServer(c) {
  return listen((url) => {
    const provider = new Provider(url + (c.issuerSuffix ?? ''), oidcConfiguration(c));
    if (c.metadata) {
      provider.use(async (ctx, next) => {
        await next();
        if (wellKnown(ctx.path) && ctx.body) ctx.body = c.metadata({ ...ctx.body });
      });
    }
    const app = express();
    if (!c.bareCORS) app.use('/reg', cors()), app.use('/token', readable);
    if (c.front) app.use(c.front);
    app.get('/interaction/:uid', agree(provider));
    app.use(provider.callback());
    return app;
  });
}

// readable adds the header where the server behind does not.
function readable(req, res, next) {
  const writeHead = res.writeHead;
  res.writeHead = function (...args) {
    if (!res.getHeader('access-control-allow-origin')) res.setHeader('access-control-allow-origin', '*');
    return writeHead.apply(this, args);
  };
  next();
}

// sdkServer is the example authorization server of the MCP SDK.
async function sdkServer(c) {
  return listen((url) => {
    const provider = new DemoInMemoryAuthProvider();
    if (c.registration === false) provider.clientsStore.registerClient = undefined;
    const app = express();
    if (c.front) app.use(c.front);
    const router = mcpAuthRouter({ provider, issuerUrl: new URL(url), scopesSupported: ['mcp:tools'] });
    app.use(c.mount ?? '/', router);
    if (c.catchAll) app.use((_req, res) => res.send(html));
    return app;
  });
}

// mcpServer protects /mcp by the SDK's middleware and serves its metadata.
async function mcpServer(c, issuer) {
  return listen((url) => {
    const app = express();
    const resource = new URL(c.resource?.(url) ?? `${url}/mcp`);
    if (c.mcpFront) app.use(c.mcpFront);
    if (!c.open) {
      const resourceMetadataUrl = c.resourceMetadataUrl ? c.resourceMetadataUrl(url) : `${url}/.well-known/oauth-protected-resource/mcp`;
      const verifier = { verifyAccessToken: async () => { throw new Error('no token is good here'); } };
      app.use('/mcp', requireBearerAuth({ verifier, requiredScopes: c.requiredScopes ?? ['mcp:tools'], resourceMetadataUrl }));
    }
    app.use('/mcp', (_req, res) => res.json({}));
    const metadata = { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, response_types_supported: ['code'] };
    if (!c.noResource) app.use(mcpAuthMetadataRouter({ oauthMetadata: metadata, resourceServerUrl: resource, scopesSupported: c.scopes ?? ['mcp:tools'] }));
    return app;
  });
}

const without = (...names) => (o) => { for (const name of names) delete o[name]; return o; };
const on = (path, handle) => (req, res, next) => (req.path === path ? handle(req, res, next) : next());

const cases = {
  'oidc-provider': {
    healthy: {},
    'no S256 advertised': { metadata: without('code_challenge_methods_supported') },
    'issuer with a slash': { issuerSuffix: '/' },
    'null in metadata': { metadata: (o) => ({ ...o, service_documentation: null }) },
    'pages cannot use it': { bareCORS: true },
    '307 on token': { front: on('/token', (req, res) => res.redirect(307, '/token/')) },
    'no way to register': { registration: false, documents: false },
    'registration wants a token': { initialAccessToken: true },
    'public clients not allowed': { clientAuthMethods: ['client_secret_basic', 'private_key_jwt'] },
    'iss not promised': { metadata: without('authorization_response_iss_parameter_supported') },
    'metadata fails': { front: (req, res, next) => (wellKnown(req.path) ? res.status(500).end() : next()) },
    'metadata as text': { front: (req, res, next) => { if (wellKnown(req.path)) { const set = res.setHeader; res.setHeader = function (n, v) { return set.call(this, n, n.toLowerCase() === 'content-type' ? 'text/plain' : v); }; } next(); } },
    'invalid_client as a page': { front: on('/token', (req, res, next) => (req.method === 'POST' ? res.status(400).set('access-control-allow-origin', '*').send(html) : next())) },
    'clock in the past': { front: (req, res, next) => { res.setHeader('Date', 'Mon, 01 Jan 2024 00:00:00 GMT'); next(); } },
    'cached for a year': { metadata: (o) => o, front: (req, res, next) => { if (wellKnown(req.path)) res.setHeader('Cache-Control', 'max-age=31536000'); next(); } },
    'http endpoints behind a proxy': { metadata: (o) => ({ ...o, authorization_endpoint: 'http://auth.example/auth' }) },
    'wrong aud': { audience: 'https://other.example/mcp' },
    'refresh tokens do not rotate': { rotateRefreshToken: false },
    'access tokens live for a year': { ttl: 31536000 },
    'signed with a shared secret': { sign: { alg: 'HS256', key: Buffer.alloc(32, 7) } },
  },
  'MCP SDK': {
    healthy: {},
    'no authentication at all': { open: true },
    'no resource_metadata': { resourceMetadataUrl: () => undefined },
    'resource_metadata is not there': { resourceMetadataUrl: (url) => `${url}/oauth-protected-resource` },
    'resource is localhost': { resource: (url) => `${url.replace('127.0.0.1', 'localhost')}/mcp` },
    'no resource metadata': { noResource: true, resourceMetadataUrl: () => undefined },
    'resource lists offline_access': { scopes: ['mcp:tools', 'offline_access'] },
    'challenge asks offline_access': { requiredScopes: ['mcp:tools', 'offline_access'] },
    'Basic first': { mcpFront: on('/mcp', (req, res, next) => { const set = res.set; res.set = function (n, v) { return set.call(this, n, n === 'WWW-Authenticate' ? ['Basic realm="mcp"', v] : v); }; next(); }) },
    'not at the root': { mount: '/auth' },
    'registration not possible': { registration: false },
    'a page for every path': { catchAll: true },
  },
};

const urls = {};
for (const [kind, list] of Object.entries(cases)) {
  for (const [name, c] of Object.entries(list)) {
    const base = kind === 'MCP SDK' ? await sdkServer(c) : await oidcServer(c);
    // The example server's issuer is what URL makes of it.
    urls[`${kind}: ${name}`] = `${await mcpServer(c, kind === 'MCP SDK' ? new URL(base).href : base)}/mcp`;
  }
}
console.log(`servers ${JSON.stringify(urls)}`);
// Whoever started this has ended.
process.stdin.on('close', () => process.exit()).resume();
