// What a path below an index means, by the rules of the Simple API. nginx (njs) and a Cloudflare
// Worker both use it, so it has only the syntax that njs 0.7 knows, and no input or output.
//
// Sources: PEP 503 (names, trailing slashes), PEP 691 (media types, the parameter "format"),
// RFC 9110, section 12.5.1 (quality values), RFC 7617 (Basic).

const JSON_PAGE = 'application/vnd.pypi.simple.v1+json';
const HTML_PAGE = 'application/vnd.pypi.simple.v1+html';
const TEXT_PAGE = 'text/html';

// In the order of preference, for equal quality values.
const FORMATS = [
    { name: JSON_PAGE, type: JSON_PAGE, file: 'index.json' },
    { name: HTML_PAGE, type: HTML_PAGE + '; charset=utf-8', file: 'index.html' },
    { name: TEXT_PAGE, type: TEXT_PAGE + '; charset=utf-8', file: 'index.html' },
];

const ALIASES = {
    'application/vnd.pypi.simple.latest+json': JSON_PAGE,
    'application/vnd.pypi.simple.latest+html': HTML_PAGE,
};

const TYPES = {
    css: 'text/css; charset=utf-8',
    html: 'text/html; charset=utf-8',
    js: 'text/javascript; charset=utf-8',
    json: 'application/json',
    jsonl: 'application/json',
    xml: 'application/atom+xml; charset=utf-8',
};

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

// Tokens are sent on in a header, so nothing else than the characters of GitHub's gets there.
const TOKEN = /^[A-Za-z0-9_.=-]{10,600}$/;

const LONGEST_ACCEPT = 1024;

// Returns the token of an Authorization header, or ''. `decode` decodes base64.
//
// The token is the password; some tools send it as the user name, with an empty password.
function token(header, decode) {
    const match = /^(basic|bearer) +([A-Za-z0-9_.=+/-]+) *$/i.exec(header);
    if (!match) {
        return '';
    }
    let found = match[2];
    if (match[1].toLowerCase() === 'basic') {
        const pair = decode(match[2]);
        const colon = pair.indexOf(':');
        const user = colon < 0 ? pair : pair.slice(0, colon);
        const password = colon < 0 ? '' : pair.slice(colon + 1);
        found = password && password !== 'x-oauth-basic' ? password : user;
    }
    return TOKEN.test(found) ? found : '';
}

// Returns the decoded segments of a path, the last of them empty if it ends in a slash;
// `undefined` for a path that is not plain.
function segments(path) {
    let parts;
    try {
        parts = path.slice(1).split('/').map((part) => decodeURIComponent(part));
    } catch (e) {
        return undefined;
    }
    const plain = (part, at) =>
        /^[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*$/.test(part) ||
        (part === '' && at === parts.length - 1);
    return path.charAt(0) === '/' && parts.every(plain) ? parts : undefined;
}

function quote(parts) {
    return parts.map((part) => encodeURIComponent(part)).join('/');
}

// Returns what a path asks for: one of
//   { file: ['files', TAG..., FILENAME] }          a file, or a sibling such as its metadata file
//   { page: 'simple/name/index.json', type: ... }  a page, as a quoted path below the site
//   { copy: 'packages/DIGEST/FILENAME' }           a file beside the pages ([site] files = "copy")
//   { moved: '/simple/name/' }                     301, as PEP 503 recommends
//   { status: 404 | 406 }
function route(path, accept, format) {
    const parts = segments(path);
    if (!parts) {
        return { status: 404 };
    }
    if (parts[0] === 'files') {
        return parts.length > 2 && parts[parts.length - 1] ? { file: parts } : { status: 404 };
    }
    const last = parts[parts.length - 1];
    const names = last ? parts : parts.slice(0, -1);
    const end = names.length - 1;
    if (names[end] === 'simple') {
        return simplePage(names, '', last === '', accept, format);
    }
    if (names[end - 1] === 'simple' && !/^index\.(html|json)$/.test(last)) {
        return simplePage(names.slice(0, end), names[end], last === '', accept, format);
    }
    return plainPage(parts, last);
}

function simplePage(index, written, slash, accept, format) {
    const name = written.toLowerCase().replace(/[-_.]+/g, '-');
    // Some letters outside of ASCII become ASCII in lower case, such as the Kelvin sign.
    if (written && (!NAME.test(name) || /[^\x00-\x7f]/.test(written))) {
        return { status: 404 };
    }
    const place = quote(written ? index.concat([name]) : index) + '/';
    const chosen = format ? named(format) : choose(accept);
    if (name !== written || !slash) {
        const query = format ? '?format=' + encodeURIComponent(format) : '';
        return { moved: '/' + place + query };
    }
    return chosen ? { page: place + chosen.file, type: chosen.type } : { status: 406 };
}

function plainPage(parts, last) {
    const of_json_api = last === 'json' && parts[parts.length - 3] === 'pypi';
    if (last && last.indexOf('.') < 0 && !of_json_api) {
        return { moved: '/' + quote(parts) + '/' };
    }
    const page = quote(parts) + (last ? '' : 'index.html');
    const suffix = of_json_api ? 'json' : page.slice(page.lastIndexOf('.') + 1);
    return TYPES[suffix] ? { page: page, type: TYPES[suffix] } : { copy: page };
}

function named(format) {
    const name = format.trim().toLowerCase().replace(/ /g, '+');
    return FORMATS.find((each) => each.name === (ALIASES[name] || name));
}

// Returns the best format for an Accept header: by quality value, then by how exactly the type is
// named, then by preference. A client that takes anything gets text/html: some expect it.
function choose(accept) {
    const ranges = parsed(accept.slice(0, LONGEST_ACCEPT).trim() || '*/*');
    let best;
    FORMATS.forEach((each, rank) => {
        const names = Object.keys(ALIASES).filter((alias) => ALIASES[alias] === each.name);
        names.concat([each.name]).forEach((name) => {
            const found = rated(name, ranges);
            const score = [found.quality, found.exactness, found.exactness ? -rank : rank];
            if (found.exactness >= 0 && found.quality > 0 && (!best || less(best.score, score))) {
                best = { score: score, form: each };
            }
        });
    });
    return best && best.form;
}

function less(first, second) {
    const at = first.findIndex((value, i) => value !== second[i]);
    return at >= 0 && first[at] < second[at];
}

function parsed(accept) {
    return accept.toLowerCase().split(',').map((part) => {
        const pieces = part.split(';').map((piece) => piece.trim());
        const weight = pieces.slice(1).find((piece) => /^q\s*=/.test(piece));
        const quality = weight ? Number(weight.slice(weight.indexOf('=') + 1)) || 0 : 1;
        return { name: pieces[0], quality: Math.min(Math.max(quality, 0), 1) };
    }).filter((each) => each.name.indexOf('/') > 0);
}

function rated(name, ranges) {
    const group = name.slice(0, name.indexOf('/')) + '/*';
    const exactness = { '*/*': 0 };
    exactness[group] = 1;
    exactness[name] = 2;
    return ranges.reduce((best, each) => {
        const level = exactness[each.name];
        const better = level !== undefined &&
            (level > best.exactness || (level === best.exactness && each.quality > best.quality));
        return better ? { exactness: level, quality: each.quality } : best;
    }, { exactness: -1, quality: 0 });
}

// Returns the repository, tag and name of a file of GitHub: /files/TAG/NAME is of the store,
// /files/@OWNER/REPO/TAG/NAME of another repository. A tag may have slashes.
function asset(parts, store) {
    const foreign = parts[1].charAt(0) === '@';
    const place = parts.slice(foreign ? 3 : 1);
    const repository = foreign ? parts[1].slice(1) + '/' + parts[2] : store;
    if (place.length < 2 || !/^[\w.-]+\/[\w.-]+$/.test(repository)) {
        return undefined;
    }
    const name = place[place.length - 1];
    return { repository: repository, tag: place.slice(0, -1).join('/'), name: name };
}

export default { asset, route, token };
