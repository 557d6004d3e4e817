// Runs the example of a Cloudflare Worker in miniflare, and prints its address.
//   node worker.mjs OPTIONS    options of miniflare, as JSON, and "library", the path of miniflare
import process from 'node:process';

const { library, ...options } = JSON.parse(process.argv[2]);
const { Miniflare } = await import(library);
const worker = new Miniflare({ ...options, host: '127.0.0.1', port: 0 });
console.log(String(await worker.ready));
process.on('SIGTERM', () => worker.dispose().then(() => process.exit(0)));
