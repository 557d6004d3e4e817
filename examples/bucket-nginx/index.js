// Pages and files of an index: which of them a request is for, and the headers of the response.

import simple from 'simple_api.js';

const KEPT = ['accept-ranges', 'content-length', 'content-range', 'etag', 'last-modified'];

// The policy of ghpypi's own pages, for browsers.
const POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// Finds what a request is for, sets $index_path and $media_type, and returns the location for it;
// or answers, and returns nothing.
function find(r) {
    if (r.method !== 'GET' && r.method !== 'HEAD') {
        r.headersOut.Allow = 'GET, HEAD';
        refuse(r, 405, 'this server only reads');
        return '';
    }
    const path = r.variables.request_uri.split('?')[0];
    const found = simple.route(path, r.headersIn.Accept || '', r.args.format || '');
    if (found.moved) {
        moved(r, found.moved);
    } else if (found.status) {
        refuse(r, found.status, 'no such page');
    } else {
        const path = found.file ? found.file.join('/') : decodeURIComponent(found.copy || found.page);
        r.variables.index_path = '/' + path;
        r.variables.media_type = found.type || '';
        return found.page ? '@page' : '@file';
    }
    return '';
}

function answer(r) {
    const place = find(r);
    if (place) {
        r.internalRedirect(place);
    }
}

// With r.return(), nginx would look at error_page.
function moved(r, place) {
    r.status = 301;
    r.headersOut.Location = place;
    r.headersOut['Cache-Control'] = 'private, max-age=3600';
    r.headersOut['Content-Length'] = '0';
    r.sendHeader();
    r.finish();
}

function headers(r) {
    for (const name in r.headersOut) {
        if (!KEPT.includes(name.toLowerCase())) {
            delete r.headersOut[name];
        }
    }
    const of_page = r.variables.media_type;
    const lifetime = of_page ? 'private, max-age=0, must-revalidate' : 'private, max-age=3600';
    r.headersOut['Cache-Control'] = lifetime;
    r.headersOut.Vary = 'Accept, Accept-Encoding, Authorization';
    r.headersOut['X-Content-Type-Options'] = 'nosniff';
    if (of_page) {
        r.headersOut['Content-Security-Policy'] = POLICY;
    }
    if (r.status < 300) {
        r.headersOut['Content-Type'] = of_page || 'application/octet-stream';
    }
}

function missing(r) {
    refuse(r, 404, 'not found');
}

function refused(r) {
    refuse(r, 403, 'this token may not read it');
}

function unchecked(r) {
    r.headersOut['Retry-After'] = '10';
    refuse(r, 503, 'permissions cannot be checked now; try again later');
}

function refuse(r, status, message) {
    r.headersOut['Cache-Control'] = 'no-store';
    r.headersOut['Content-Type'] = 'text/plain; charset=utf-8';
    r.return(status, message + '\n');
}

export default { answer, find, headers, missing, refuse, refused, unchecked };
