// Requests to a bucket, signed with AWS Signature Version 4.
//
// Source: Amazon S3 User Guide, "Authenticating Requests (AWS Signature Version 4)".

import index from 'index.js';

const crypto = require('crypto');
const fs = require('fs');

const EMPTY = crypto.createHash('sha256').digest('hex');

function answer(r) {
    const place = index.find(r);
    if (!place) {
        return;
    }
    const of_file = place === '@file';
    r.variables.s3_method = of_file ? r.method : 'GET';  // what is cached has a body
    r.variables.s3_range = of_file && r.method === 'GET' && r.headersIn.Range || '';
    let credentials;
    try {
        // Read each time, because a timer may replace it: keys of roles expire.
        credentials = JSON.parse(fs.readFileSync(r.variables.s3_credentials));
    } catch (e) {
        r.error('the credentials of the bucket cannot be read: ' + e.message);
        return index.refuse(r, 500, 'this server has no credentials for its bucket');
    }
    sign(r, credentials);
    r.internalRedirect(place);
}

function sign(r, credentials) {
    const path = r.variables.s3_root + quote(r.variables.index_path);
    const host = r.variables.s3.replace(/^https?:\/\//, '');
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const session = credentials.SessionToken || '';
    const headers = [['host', host], ['x-amz-content-sha256', EMPTY], ['x-amz-date', date]]
        .concat(session ? [['x-amz-security-token', session]] : []);
    const names = headers.map((each) => each[0]).join(';');
    const lines = headers.map((each) => each.join(':') + '\n').join('');
    const canonical = [r.variables.s3_method, path, '', lines, names, EMPTY].join('\n');

    const scope = [date.slice(0, 8), r.variables.s3_region, 's3', 'aws4_request'];
    const digest = crypto.createHash('sha256').update(canonical).digest('hex');
    const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), digest].join('\n');
    const key = scope.reduce(hmac, 'AWS4' + credentials.SecretAccessKey);
    const signature = crypto.createHmac('sha256', key).update(text).digest('hex');

    r.variables.s3_path = path;
    r.variables.s3_host = host;
    r.variables.s3_date = date;
    r.variables.s3_session = session;
    r.variables.s3_authorization = 'AWS4-HMAC-SHA256 ' +
        `Credential=${credentials.AccessKeyId}/${scope.join('/')}, ` +
        `SignedHeaders=${names}, Signature=${signature}`;
}

function hmac(key, text) {
    return crypto.createHmac('sha256', key).update(text).digest();
}

// Percent-encodes what S3 wants encoded: encodeURIComponent leaves some characters alone.
function quote(path) {
    return path.split('/').map((part) => encodeURIComponent(part).replace(
        /[!'()*]/g, (char) => '%' + char.charCodeAt(0).toString(16).toUpperCase())).join('/');
}

// Answers for a bucket that refuses, or does not answer; error.log has its status.
function fault(r) {
    const status = r.variables.upstream_status;
    r.error(`the bucket answered ${status} for ${r.variables.index_path}`);
    if (Number(status) >= 500) {
        r.headersOut['Retry-After'] = '10';
        return index.refuse(r, 503, 'the bucket does not answer');
    }
    index.refuse(r, 502, 'the bucket refuses the request of this server');
}

export default { answer, fault };
