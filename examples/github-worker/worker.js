// Private packages on GitHub, read with the caller's own token. README.md explains the rest.

import simple from '../common/simple_api.js';

const RAW = 'application/vnd.github.raw+json';
const OCTETS = 'application/octet-stream';
const RELEASE = 'application/vnd.github+json';

// Seconds for which an answer of GitHub is good for the same token; then it is asked for again,
// which is free if nothing has changed. During an outage an older one is better than none.
const FRESH = 60;
const KEPT = 3600;

// The policy of ghpypi's own pages, for browsers.
const POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export default {
    async fetch(request, settings, context) {
        if (request.method !== 'GET' && request.method !== 'HEAD') {
            return refuse(405, 'this server only reads', { Allow: 'GET, HEAD' });
        }
        const token = simple.token(request.headers.get('Authorization') ?? '', decode);
        if (!token) {
            return unauthorized();
        }
        const origin = new URL(request.url).origin;
        return await new Caller({ token, settings, context, origin }).answer(request);
    },
};

// One who sends requests with a token.
class Caller {
    constructor(parts) {
        Object.assign(this, parts);
    }

    async answer(request) {
        const url = new URL(request.url);
        const accept = request.headers.get('Accept') ?? '';
        const format = url.searchParams.get('format') ?? '';
        const found = simple.route(url.pathname, accept, format);
        if (found.moved) {
            const headers = { Location: found.moved, 'Cache-Control': 'private, max-age=3600' };
            return new Response(null, { status: 301, headers });
        }
        if (found.file) {
            return await this.file(request, simple.asset(found.file, this.settings.REPOSITORY));
        }
        if (found.copy) {  // its bytes are sent as they are
            const response = await this.ask(this.published(found.copy), RAW, {});
            return response.ok ? handedOn(response) : refused(response);
        }
        return found.page ? await this.page(request, found) : refuse(found.status, 'no such page');
    }

    // Returns where the API has a file of the site.
    published(path) {
        const { REPOSITORY, BRANCH, SITE_FOLDER } = this.settings;
        const place = `${SITE_FOLDER}${path}?ref=${encodeURIComponent(BRANCH)}`;
        return `/repos/${REPOSITORY}/contents/${place}`;
    }

    async page(request, found) {
        const { REPOSITORY, WEB } = this.settings;
        const response = await this.read(this.published(found.page), RAW);
        if (!response.ok) {
            return refused(response);
        }
        const tag = response.headers.get('ETag');
        const headers = {
            'Cache-Control': 'private, max-age=0, must-revalidate',
            'Content-Security-Policy': POLICY,
            Vary: 'Accept, Accept-Encoding, Authorization',
            'X-Content-Type-Options': 'nosniff',
            ...(tag ? { ETag: tag } : {}),
        };
        if (tag && (request.headers.get('If-None-Match') ?? '').includes(tag)) {
            return new Response(null, { status: 304, headers });
        }
        // Links to files are for people with a browser; installers get those of this server.
        const here = `${this.origin}/files/`;
        let text = await response.text();
        for (const repository of [REPOSITORY, ...(this.settings.OTHER_REPOSITORIES ?? [])]) {
            const place = repository === REPOSITORY ? here : `${here}@${repository}/`;
            text = text.replaceAll(`${WEB}/${repository}/releases/download/`, place);
        }
        return new Response(text, { headers: { ...headers, 'Content-Type': found.type } });
    }

    // The page has the tag and the name of an asset, GitHub wants its number: the release has it.
    async file(request, asset) {
        if (!asset) {
            return refuse(404, 'no such file');
        }
        const releases = `/repos/${asset.repository}/releases`;
        const release = await this.read(`${releases}/tags/${encodeURIComponent(asset.tag)}`, RELEASE);
        if (!release.ok) {
            return refused(release);
        }
        const found = (await release.json()).assets
            .find((each) => each.name === asset.name && each.state === 'uploaded');
        if (!found) {
            return refuse(404, 'no such file');
        }
        const range = request.method === 'GET' ? request.headers.get('Range') : null;
        const place = `${releases}/assets/${Number(found.id)}`;
        const response = await this.ask(place, OCTETS, range ? { Range: range } : {});
        // A redirect to a signed address, or the bytes: GitHub Enterprise Server may send these.
        return response.ok || response.status === 302 ? handedOn(response) : refused(response);
    }

    // Reads a document, or the copy that was read with the same token.
    async read(place, accept) {
        const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(this.token));
        const mark = [...new Uint8Array(digest)].map((x) => x.toString(16).padStart(2, '0'));
        // Cloudflare looks up the host of a key, so it is that of the Worker.
        const key = `${this.origin}/-/cache/${mark.join('')}${place}`;
        const copy = await caches.default.match(key);
        if (copy && Date.now() < Number(copy.headers.get('X-Read')) + FRESH * 1000) {
            return copy;
        }
        const tag = copy?.headers.get('ETag');
        const response = await this.ask(place, accept, tag ? { 'If-None-Match': tag } : {});
        if (response.status === 304) {
            return this.keep(key, copy);
        }
        if (copy && (response.status === 429 || response.status >= 500)) {
            return copy;
        }
        return [200, 401, 404].includes(response.status) ? this.keep(key, response) : response;
    }

    // Nothing of the client's request goes to GitHub but what is said here.
    async ask(place, accept, more) {
        const headers = {
            Accept: accept,
            Authorization: `Bearer ${this.token}`,
            'User-Agent': 'ghpypi-worker',
            'X-GitHub-Api-Version': '2022-11-28',
            ...more,
        };
        try {
            return await fetch(this.settings.GITHUB + place, { headers, redirect: 'manual' });
        } catch {
            return new Response(null, { status: 503 });
        }
    }

    keep(key, response) {
        const tag = response.headers.get('ETag');
        const headers = {
            'Cache-Control': `max-age=${KEPT}`,
            'X-Read': String(Date.now()),
            ...(tag ? { ETag: tag } : {}),
        };
        const made = new Response(response.body, { status: response.status, headers });
        this.context.waitUntil(caches.default.put(key, made.clone()));
        return made;
    }
}

// A signed address works without a token: it is for this caller, and for minutes.
function handedOn(response) {
    const headers = { 'Cache-Control': 'private, no-store', 'X-Content-Type-Options': 'nosniff' };
    for (const name of ['Accept-Ranges', 'Content-Length', 'Content-Range', 'ETag', 'Location']) {
        if (response.headers.has(name)) {
            headers[name] = response.headers.get(name);
        }
    }
    if (response.ok) {
        headers['Content-Type'] = OCTETS;
    }
    return new Response(response.ok ? response.body : null, { status: response.status, headers });
}

function refused({ status, headers }) {
    if (status === 401) {
        return unauthorized();
    }
    if (status === 404) {
        return refuse(404, 'not found, or this token may not read it');
    }
    const limited = headers.has('Retry-After') || headers.get('X-RateLimit-Remaining') === '0';
    if (status === 403 && !limited) {
        return refuse(403, 'GitHub does not allow this token to read it');
    }
    if (status < 400) {
        return refuse(502, 'the repository was renamed: change the settings of the Worker');
    }
    const reset = Number(headers.get('X-RateLimit-Reset')) - Math.floor(Date.now() / 1000);
    const seconds = Number(headers.get('Retry-After')) || (limited && reset > 0 ? reset : 10);
    const message = limited ? 'the rate limit of this token is used up' : 'GitHub does not answer';
    return refuse(503, message, { 'Retry-After': String(seconds) });
}

function unauthorized() {
    const challenge = { 'WWW-Authenticate': 'Basic realm="ghpypi", charset="UTF-8"' };
    const message = 'sign in with any user name, and a GitHub token as the password';
    return refuse(401, message, challenge);
}

function refuse(status, message, more = {}) {
    const headers = { 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; charset=utf-8' };
    return new Response(`${message}\n`, { status, headers: { ...headers, ...more } });
}

function decode(text) {
    try {
        return atob(text);
    } catch {
        return '';
    }
}
