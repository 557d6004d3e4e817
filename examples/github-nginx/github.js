// Private packages on GitHub, read with the caller's own token. nginx.conf explains the rest.

import simple from 'simple_api.js';

const crypto = require('crypto');

const RAW = 'application/vnd.github.raw+json';
const OCTETS = 'application/octet-stream';
const RELEASE = 'application/vnd.github+json';
const LIMITS = ['Retry-After', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'];

// The policy of ghpypi's own pages, for browsers.
const POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// What GitHub says beside these is about the token: scopes, rate limits.
const KEPT = ['accept-ranges', 'content-length', 'content-range', 'etag', 'last-modified',
    'location'];

async function answer(r) {
    if (r.method !== 'GET' && r.method !== 'HEAD') {
        r.headersOut.Allow = 'GET, HEAD';
        return refuse(r, 405, 'this server only reads');
    }
    const token = simple.token(r.headersIn.Authorization || '', decode);
    if (!token) {
        return unauthorized(r);
    }
    r.variables.github_token = token;
    r.variables.github_caller = crypto.createHash('sha256').update(token).digest('hex');
    const path = r.variables.request_uri.split('?')[0];
    const found = simple.route(path, r.headersIn.Accept || '', r.args.format || '');
    if (found.moved) {
        return moved(r, found.moved);
    }
    if (found.file) {
        return await file(r, simple.asset(found.file, r.variables.repository));
    }
    if (found.copy) {  // its bytes are sent as they are
        return publish(r, found.copy, OCTETS, '@file');
    }
    if (found.page) {
        return publish(r, found.page, found.type, '@page');
    }
    refuse(r, found.status, 'no such page');
}

// With r.return(), nginx would take it for a redirect of GitHub (error_page).
function moved(r, place) {
    r.status = 301;
    r.headersOut.Location = place;
    r.headersOut['Cache-Control'] = 'private, max-age=3600';
    r.headersOut['Content-Length'] = '0';
    r.sendHeader();
    r.finish();
}

function publish(r, path, type, location) {
    const branch = encodeURIComponent(r.variables.branch);
    const place = `${r.variables.site_folder}${path}?ref=${branch}`;
    ask(r, `/repos/${r.variables.repository}/contents/${place}`, RAW);
    r.variables.media_type = type;
    r.internalRedirect(location);
}

// The page has the tag and the name of an asset, GitHub wants its number: the release has it.
async function file(r, asset) {
    if (!asset) {
        return refuse(r, 404, 'no such file');
    }
    const releases = `/repos/${asset.repository}/releases`;
    ask(r, `${releases}/tags/${encodeURIComponent(asset.tag)}`, RELEASE);
    const reply = await r.subrequest('/-/release', { method: 'GET' });
    if (reply.status !== 200) {
        return refused(r, reply.status, reply.headersOut);
    }
    const found = JSON.parse(reply.responseText).assets
        .find((each) => each.name === asset.name && each.state === 'uploaded');
    if (!found) {
        return refuse(r, 404, 'no such file');
    }
    ask(r, `${releases}/assets/${Number(found.id)}`, OCTETS);
    r.variables.github_range = r.method === 'GET' && r.headersIn.Range || '';
    r.internalRedirect('@file');
}

function ask(r, place, accept) {
    r.variables.github_place = place;
    r.variables.github_accept = accept;
}

function decode(text) {
    return Buffer.from(text, 'base64').toString();
}

// Filters the headers of GitHub's response.
function headers(r) {
    for (const name in r.headersOut) {
        if (!KEPT.includes(name.toLowerCase())) {
            delete r.headersOut[name];
        }
    }
    const of_page = r.variables.github_accept === RAW;
    // A signed address works without a token: it is for this caller, and for minutes.
    const lifetime = of_page ? 'private, max-age=0, must-revalidate' : 'private, no-store';
    r.headersOut['Cache-Control'] = lifetime;
    r.headersOut.Vary = 'Accept, Accept-Encoding, Authorization';
    r.headersOut['X-Content-Type-Options'] = 'nosniff';
    if (of_page) {
        r.headersOut['Content-Security-Policy'] = POLICY;
    }
    if (r.status < 300) {
        r.headersOut['Content-Type'] = of_page ? r.variables.media_type : OCTETS;
    }
}

// Answers for a response of GitHub that is no page and no file, and in no cache.
function fault(r) {
    const given = {};
    LIMITS.forEach((name) => {
        given[name] = r.variables['upstream_http_' + name.toLowerCase().replace(/-/g, '_')];
    });
    refused(r, Number(r.variables.upstream_status.split(' ').pop()), given);
}

function refused(r, status, given) {
    if (status === 401) {
        return unauthorized(r);
    }
    if (status === 404) {
        return missing(r);
    }
    const limited = given['Retry-After'] || given['X-RateLimit-Remaining'] === '0';
    if (status === 403 && !limited) {
        return refuse(r, 403, 'GitHub does not allow this token to read it');
    }
    if (status < 400) {
        return refuse(r, 502, 'the repository was renamed: change the configuration of nginx');
    }
    const reset = Number(given['X-RateLimit-Reset']) - Math.floor(Date.now() / 1000);
    const seconds = Number(given['Retry-After']) || (limited && reset > 0 ? reset : 10);
    r.headersOut['Retry-After'] = String(seconds);
    refuse(r, 503, limited ? 'the rate limit of this token is used up' : 'GitHub does not answer');
}

function unauthorized(r) {
    r.headersOut['WWW-Authenticate'] = 'Basic realm="ghpypi", charset="UTF-8"';
    refuse(r, 401, 'sign in with any user name, and a GitHub token as the password');
}

function missing(r) {
    refuse(r, 404, 'not found, or this token may not read it');
}

function refuse(r, status, message) {
    r.headersOut['Cache-Control'] = 'no-store';
    r.headersOut['Content-Type'] = 'text/plain; charset=utf-8';
    r.return(status, message + '\n');
}

export default { answer, fault, headers, missing, unauthorized };
