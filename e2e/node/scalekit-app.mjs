// A company's login app as the hosted service's page shows it, with the official
// Node SDK. Argument: the SDK's package name. It prints its address when it is ready.
//
//   GET  /login?handoff&login_request_id&state   signs Alice in and sends her back
//   POST /validate {token, issuer, audience, scopes}   what the SDK says of a token
import { createServer } from 'node:http';

const { Scalekit } = await import(process.argv[2]);
const { SK_ENV_URL, SK_CLIENT_ID, SK_CLIENT_SECRET, PORT } = process.env;
const scalekit = new Scalekit(SK_ENV_URL, SK_CLIENT_ID, SK_CLIENT_SECRET);

async function login(query) {
  const handoff = query.get('handoff');
  const answer = await scalekit.auth.updateLoginUserDetails(`conn_${handoff}`, query.get('login_request_id'), {
    sub: '1234567890',
    email: 'alice@example.com',
    customAttributes: { plan: 'gold', seats: 3 },
  });
  const back = new URL(`${SK_ENV_URL}/sso/v1/connections/conn_${handoff}/partner:callback`);
  back.searchParams.set('state', query.get('state'));
  if (handoff === 'required') {
    back.searchParams.set('login_verifier', answer.authRequestId);
  }
  return back.href;
}

async function validate({ token, issuer, audience, scopes }) {
  try {
    const claims = await scalekit.validateToken(token, { issuer, audience: [audience], requiredScopes: scopes });
    return { valid: true, claims };
  } catch (error) {
    return { valid: false, reason: String(error.message ?? error) };
  }
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://app.invalid');
  try {
    if (url.pathname === '/login') {
      response.writeHead(303, { location: await login(url.searchParams) }).end();
    } else {
      response.end(JSON.stringify(await validate(await body(request))));
    }
  } catch (error) {
    console.error(error);
    response.writeHead(500).end(String(error));
  }
}).listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
