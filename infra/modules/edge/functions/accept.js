// The three kinds of clients, as delivery knows them (services/delivery/src/accept.rs; tests/accept/table.json holds the rule as
// cases). A cache that keeps one answer for each Accept that browsers send would keep hundreds of the same picture.

// What each kind is told to send on. Delivery reads its kind from it again.
var ACCEPT_OF = { avif: 'image/avif', webp: 'image/webp', other: '*/*' };

// The kind of a client that sent these lines of Accept: the best that it names itself, and of equals the smaller file.
function bucketOf(lines) {
  var avif = 0;
  var webp = 0;
  var other = 0;
  lines.join(',').split(',').forEach(function (range) {
    var parts = range.split(';');
    var media = parts[0].trim().toLowerCase();
    var quality = 1;
    for (var i = 1; i < parts.length; i++) {
      var equals = parts[i].indexOf('=');
      if (equals >= 0 && parts[i].slice(0, equals).trim().toLowerCase() === 'q') {
        var value = parts[i].slice(equals + 1).trim();
        // One that cannot be read is none.
        if (/^[0-9]*\.?[0-9]+$|^[0-9]+\.$/.test(value)) {
          quality = parseFloat(value);
          break;
        }
      }
    }
    if (media === 'image/avif') avif = Math.max(avif, quality);
    else if (media === 'image/webp') webp = Math.max(webp, quality);
    else if (media === 'image/jpeg' || media === 'image/png') other = Math.max(other, quality);
  });
  if (avif > 0 && avif >= webp && avif >= other) return 'avif';
  if (webp > 0 && webp >= other) return 'webp';
  return 'other';
}

// The lines of a header as CloudFront gives it.
function linesOf(header) {
  if (!header) return [];
  if (header.multiValue) return header.multiValue.map(function (line) { return line.value; });
  return [header.value];
}
