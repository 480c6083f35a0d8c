// oidc-provider, set up to do what Symbolon does as far as it can: JWT access tokens for
// one MCP server, rotating refresh tokens, a login page and a consent page.
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const env = process.env;
const base = `http://127.0.0.1:${env.PORT}`;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'bench', use: 'sig', alg: 'RS256' };

const provider = new Provider(base, {
  jwks: { keys: [key] },
  cookies: { keys: ['bench-cookie-secret-0123456789'] },
  clients: [
    {
      client_id: env.APP_CLIENT, client_name: 'App', redirect_uris: [env.REDIRECT_URI], application_type: 'native',
      token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
    },
    {
      client_id: env.MACHINE_CLIENT, client_secret: env.MACHINE_SECRET, token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
    },
  ],
  clientDefaults: { grant_types: ['authorization_code'], response_types: ['code'] },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  issueRefreshToken: () => true,
  rotateRefreshToken: () => true,
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  ttl: { AccessToken: 600, ClientCredentials: 600, Grant: 86400, Interaction: 600, RefreshToken: 86400, Session: 86400 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => env.RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource) => ({
        scope: env.SCOPE, audience: resource, accessTokenTTL: 600,
        accessTokenFormat: resource.endsWith('/opaque') ? 'opaque' : 'jwt', jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});

const page = (title) => `<!doctype html><title>${title}</title><form method="post">
<input type="hidden" name="prompt" value="${title}"><button>Continue</button></form>`;

async function body(req) {
  let text = '';
  for await (const chunk of req) text += chunk;
  return new URLSearchParams(text);
}

async function consent(details) {
  const { params, session, grantId } = details;
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addResourceScope(params.resource, params.scope);
  return { grantId: await grant.save() };
}

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  const details = await provider.interactionDetails(ctx.req, ctx.res);
  if (ctx.method === 'GET') {
    ctx.type = 'html';
    ctx.body = page(details.prompt.name);
    return;
  }
  const form = await body(ctx.req);
  const result = details.prompt.name === 'login' ? { login: { accountId: form.get('login') } } : { consent: await consent(details) };
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: true }));
  ctx.status = 303;
});

provider.on('server_error', (ctx, err) => console.error(err));
provider.listen(env.PORT, '127.0.0.1');
