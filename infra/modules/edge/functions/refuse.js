// What delivery's grammar refuses (shared/delivery-url), where it can be told without knowing the image: refused here it costs no
// origin anything. Whatever is in doubt goes on: the origin has the last word, and says what was wrong.

// Each option's short name, by all its names (shared/delivery-url/src/names.rs).
var OPTIONS = {
  w: 'w', width: 'w', h: 'h', height: 'h', ar: 'ar', dpr: 'dpr', fit: 'fit', g: 'g', gravity: 'g', trim: 'trim',
  rotate: 'rotate', flip: 'flip', bg: 'bg', background: 'bg', border: 'border', blur: 'blur', sharpen: 'sharpen',
  brightness: 'brightness', contrast: 'contrast', gamma: 'gamma', saturation: 'saturation', f: 'f', format: 'f', q: 'q',
  quality: 'q', effort: 'effort', mb: 'mb', metadata: 'metadata', cs: 'cs', anim: 'anim', page: 'page', wm: 'wm', p: 'p',
  preset: 'p', original: 'original', v: 'v', dl: 'dl', onerror: 'onerror', alt: 'alt', exp: 'exp', kid: 'kid', sig: 'sig',
};

// Those that may stand beside a preset or the original.
var TERMS = ['v', 'dl', 'onerror', 'alt', 'exp', 'kid', 'sig'];

var ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

// The status and the sentence for a path below /i/ that delivery would refuse for certain; null for any other.
function refusalOf(uri) {
  var segments = uri.split('/');
  if (segments.length < 4 || segments.length > 5 || !ID.test(segments[2])) return { status: 404, detail: 'There is no such image.' };
  var options;
  try {
    options = decodeURIComponent(segments[3]);
  } catch (_) {
    return null;
  }
  return options === '' ? null : wrongOption(options);
}

function wrongOption(options) {
  var seen = {};
  var pairs = options.split(',');
  for (var i = 0; i < pairs.length; i++) {
    var equals = pairs[i].indexOf('=');
    var name = equals < 0 ? pairs[i] : pairs[i].slice(0, equals);
    var value = equals < 0 ? '' : pairs[i].slice(equals + 1);
    var short = Object.prototype.hasOwnProperty.call(OPTIONS, name) ? OPTIONS[name] : null;
    if (short === null) return refused(name, 'is not an option');
    if (seen[short]) return refused(name, 'stands twice');
    if (equals < 0 && short !== 'original') return refused(name, 'has no value');
    seen[short] = true;
    if ((short === 'w' || short === 'h') && !isSide(value)) return refused(name, 'is not a whole number of pixels from 1 to 12000');
  }
  if (!seen.sig && (seen.kid || seen.exp)) return refused(seen.kid ? 'kid' : 'exp', 'stands without a signature');
  var whole = seen.p ? 'p' : seen.original ? 'original' : null;
  if (whole === null) return null;
  var beside = Object.keys(seen).filter(function (short) { return short !== whole && TERMS.indexOf(short) < 0; });
  return beside.length > 0 ? refused(beside[0], 'may not stand beside ' + whole) : null;
}

function isSide(value) {
  return /^[0-9]+$/.test(value) && Number(value) >= 1 && Number(value) <= 12000;
}

function refused(name, fault) {
  return { status: 400, detail: JSON.stringify(name.slice(0, 32)) + ' ' + fault + '.' };
}
