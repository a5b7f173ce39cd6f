// sharp's side of the comparison, and the one that every picture is made and read with that is only looked at:
// references, and outputs as plain pixels. The comparisons start it: node sharp.mjs FOLDER_OF_NODE_MODULES, a request as
// JSON on the standard input, the answer as JSON on the standard output.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

const sharp = createRequire(join(process.argv[2], 'package.json'))('sharp');

// One thread a picture and nothing remembered: processor time is compared, not cores, and every picture is new.
sharp.concurrency(1);
sharp.cache(false);

// As a server does it: from a path to the bytes of an answer, upright, in sRGB, without metadata.
const render = ({ width, height, cover, format, options }, path) =>
    sharp(path, { sequentialRead: true })
        .autoOrient()
        .resize(width, height, cover ? { fit: 'cover' } : { fit: 'inside', withoutEnlargement: true })
        .toFormat(format, options)
        .toBuffer();

const cpuSeconds = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
};

// The most memory that this process has ever had. Not getrusage's: that counts the parent's from before the exec.
const peakBytes = () => 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);

const time = async ({ ask, paths, minimumSeconds }) => {
    await render(ask, paths[0]);
    const cpuBefore = cpuSeconds();
    const before = process.hrtime.bigint();
    const wallSeconds = () => Number(process.hrtime.bigint() - before) / 1e9;
    let images = 0;
    do {
        for (const path of paths) {
            await render(ask, path);
            images += 1;
        }
    } while (wallSeconds() < minimumSeconds);
    return { cpu_seconds: cpuSeconds() - cpuBefore, wall_seconds: wallSeconds(), images, peak_bytes: peakBytes() };
};

const write = async ({ ask, items }) => {
    const bytes = [];
    for (const { from, to } of items) {
        const answer = await render(ask, from);
        writeFileSync(to, answer);
        bytes.push(answer.length);
    }
    return bytes;
};

// The original decoded in full and reduced in one step: nobody's shortcut. A cover has two windows: sharp's own, which
// is cut at a whole pixel after the resize, and the middle of the original, which may lie half a pixel beside it.
const references = async ({ items }) => {
    for (const { from, to, width, height, window } of items) {
        let original = sharp(from).autoOrient();
        if (window === 'middle') {
            const { autoOrient: whole } = await sharp(from).metadata();
            const scale = Math.min(whole.width / width, whole.height / height);
            const box = { width: Math.round(width * scale), height: Math.round(height * scale) };
            const left = Math.round((whole.width - box.width) / 2);
            const top = Math.round((whole.height - box.height) / 2);
            original = original.extract({ left, top, ...box });
        }
        const pixels = await original
            .resize(width, height, {
                fit: window === 'sharp' ? 'cover' : 'fill',
                kernel: 'lanczos3',
                fastShrinkOnLoad: false,
            })
            .toColourspace('srgb')
            .removeAlpha()
            .raw()
            .toBuffer();
        writeFileSync(to, pixels);
    }
    return [];
};

// Every tool's answers through one decoder.
const pixels = async ({ items }) => {
    const sizes = [];
    for (const { from, to } of items) {
        const { data, info } = await sharp(from)
            .toColourspace('srgb')
            .removeAlpha()
            .raw()
            .toBuffer({ resolveWithObject: true });
        writeFileSync(to, data);
        sizes.push([info.width, info.height]);
    }
    return sizes;
};

// Candidates for rungs of the ladder, for `bench-imaging quality`.
const mezzanines = async ({ items, edge, format, options }) => {
    const bytes = [];
    for (const { from, to } of items) {
        const { size } = await sharp(from)
            .autoOrient()
            .resize(edge, edge, { fit: 'inside', withoutEnlargement: true, kernel: 'lanczos3', fastShrinkOnLoad: false })
            .toFormat(format, options)
            .toFile(to);
        bytes.push(size);
    }
    return bytes;
};

const enlarge = async (from, to, factor) => {
    const { width } = await sharp(from).metadata();
    await sharp(from)
        .resize({ width: Math.round(width * factor), kernel: 'lanczos3' })
        .jpeg({ quality: 92, optimiseCoding: false })
        .toFile(to);
};

const tasks = { time, write, references, pixels, mezzanines, versions: async () => sharp.versions };

if (process.argv[3] === 'enlarge') {
    await enlarge(process.argv[4], process.argv[5], Number(process.argv[6]));
} else {
    const request = JSON.parse(readFileSync(0, 'utf8'));
    for (const folder of request.folders ?? []) mkdirSync(folder, { recursive: true });
    process.stdout.write(JSON.stringify(await tasks[request.task](request)));
}
