// ipx as its documentation sets it up for Node: nothing but the folder is configured. bench-delivery starts it:
// node ipx.mjs FOLDER_WITH_NODE_MODULES FOLDER_WITH_PICTURES PORT
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

const [modules, dir, port] = process.argv.slice(2);
const { createIPX, createIPXNodeServer, ipxFSStorage } = createRequire(join(modules, 'package.json'))('ipx');

createServer(createIPXNodeServer(createIPX({ storage: ipxFSStorage({ dir }) }))).listen(Number(port), '127.0.0.1');
