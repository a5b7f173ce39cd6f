//! The `meta` box of an AVIF: which items there are, where their bytes lie, and what is said of them
//! (ISO/IEC 14496-12, section 8.11; ISO/IEC 23008-12, sections 6 and 9).
//!
//! Owns the tables. Refuses nothing that it does not understand: unknown boxes and properties are passed over, because
//! the format is extended by adding them.

use std::collections::BTreeSet;

/// A picture of 100 megapixels in tiles of 512 pixels has 400; each tile costs a start of the decoder.
const MAX_TILES: u32 = 1_024;

/// A file has one or two; each may be as large as the file.
const MAX_DESCRIPTIONS: usize = 8;

/// What is wrong, for a reader: "the AVIF is damaged: …".
type Wrong = &'static str;

const CUT: Wrong = "its header ends in the middle of a table";

/// The tables of one `meta` box.
#[derive(Debug, Default)]
pub(crate) struct Meta {
    primary: u32,
    items: Vec<Item>,
    locations: Vec<Location>,
    properties: Vec<Property>,
    /// Item, and the indices into `properties` that belong to it.
    associations: Vec<(u32, Vec<usize>)>,
    references: Vec<Reference>,
    /// The body of `idat`.
    inside: Vec<u8>,
}

#[derive(Debug)]
struct Item {
    id: u32,
    kind: [u8; 4],
}

#[derive(Debug)]
struct Location {
    item: u32,
    /// Whether the bytes lie in `idat` and not in the file.
    inside: bool,
    /// Offset and length.
    extents: Vec<(u64, u64)>,
}

#[derive(Debug)]
struct Reference {
    kind: [u8; 4],
    from: u32,
    to: Vec<u32>,
}

/// What is said of an item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Property {
    /// `ispe`: pixels across and down.
    Size(u32, u32),
    /// `irot`: quarter turns against the clock.
    Rotation(u8),
    /// `imir`: 0 swaps top and bottom, 1 swaps left and right.
    Mirror(u8),
    /// `clap`: a crop. Not applied; known so that it can be refused.
    Crop,
    /// `colr` with an ICC profile.
    Icc(Vec<u8>),
    /// `colr` with code points (ITU-T H.273): primaries, transfer, matrix, full range.
    Cicp {
        primaries: u8,
        transfer: u8,
        matrix: u8,
        full_range: bool,
    },
    /// `auxC`: what an auxiliary item is.
    Auxiliary(String),
    /// Anything else.
    Other,
}

/// A rectangle of equal tiles (`grid`, ISO/IEC 23008-12, section 6.6.2.3).
#[derive(Debug, PartialEq)]
pub(crate) struct Grid {
    pub(crate) columns: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Row by row.
    pub(crate) tiles: Vec<u32>,
}

/// Big-endian numbers from the front of a slice.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], Wrong> {
        let (piece, rest) = self.0.split_at_checked(n).ok_or(CUT)?;
        self.0 = rest;
        Ok(piece)
    }

    /// A number of `n` bytes, 0 to 8.
    fn number(&mut self, n: usize) -> Result<u64, Wrong> {
        Ok(self
            .take(n)?
            .iter()
            .fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    fn u8(&mut self) -> Result<u8, Wrong> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, Wrong> {
        Ok(self.number(2)? as u16)
    }

    fn u32(&mut self) -> Result<u32, Wrong> {
        Ok(self.number(4)? as u32)
    }

    /// Two bytes in the first version of a table, four in later ones.
    fn id(&mut self, long: bool) -> Result<u32, Wrong> {
        if long {
            self.u32()
        } else {
            self.u16().map(u32::from)
        }
    }

    /// Version and flags.
    fn full(&mut self) -> Result<(u8, u32), Wrong> {
        let version = self.u8()?;
        Ok((version, self.number(3)? as u32))
    }

    /// The next box, none at the end.
    fn next_box(&mut self) -> Result<Option<([u8; 4], Reader<'a>)>, Wrong> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let size = self.u32()?;
        let kind = <[u8; 4]>::try_from(self.take(4)?).map_err(|_| CUT)?;
        let body = match size {
            0 => self.0.len(),
            1 => usize::try_from(self.number(8)?)
                .ok()
                .and_then(|size| size.checked_sub(16))
                .ok_or(CUT)?,
            size => usize::try_from(size)
                .ok()
                .and_then(|size| size.checked_sub(8))
                .ok_or(CUT)?,
        };
        Ok(Some((kind, Reader(self.take(body)?))))
    }
}

impl Meta {
    /// Reads the body of a `meta` box.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Wrong> {
        let mut meta = Self::default();
        let mut boxes = Reader(body);
        boxes.full()?;
        while let Some((kind, mut body)) = boxes.next_box()? {
            match &kind {
                b"pitm" => {
                    let (version, _) = body.full()?;
                    meta.primary = body.id(version > 0)?;
                }
                b"iinf" => meta.read_items(body)?,
                b"iloc" => meta.read_locations(body)?,
                b"iref" => meta.read_references(body)?,
                b"iprp" => meta.read_properties(body)?,
                b"idat" => meta.inside = body.0.to_vec(),
                _ => {}
            }
        }
        Ok(meta)
    }

    /// The `meta` box of a whole file.
    pub(crate) fn of_file(file: &[u8]) -> Result<Self, Wrong> {
        let mut boxes = Reader(file);
        while let Some((kind, body)) = boxes.next_box()? {
            if &kind == b"meta" {
                return Self::parse(body.0);
            }
        }
        Err("it has no header")
    }

    fn read_items(&mut self, mut body: Reader<'_>) -> Result<(), Wrong> {
        let (version, _) = body.full()?;
        body.id(version > 0)?;
        while let Some((kind, mut entry)) = body.next_box()? {
            if &kind != b"infe" {
                continue;
            }
            // Versions 0 and 1 know no item types: not used by AVIF.
            let (version @ 2.., _) = entry.full()? else {
                continue;
            };
            let id = entry.id(version > 2)?;
            entry.u16()?; // Protection.
            let kind = <[u8; 4]>::try_from(entry.take(4)?).map_err(|_| CUT)?;
            self.items.push(Item { id, kind });
        }
        Ok(())
    }

    fn read_locations(&mut self, mut body: Reader<'_>) -> Result<(), Wrong> {
        let (version, _) = body.full()?;
        let sizes = body.u16()?;
        let nibble = |shift: u16| usize::from((sizes >> shift) & 0xf);
        let (offset_size, length_size, base_size) = (nibble(12), nibble(8), nibble(4));
        let index_size = if version == 0 { 0 } else { nibble(0) };
        if [offset_size, length_size, base_size, index_size]
            .iter()
            .any(|size| !matches!(size, 0 | 4 | 8))
        {
            return Err("its table of places makes no sense");
        }
        let count = body.id(version > 1)?;
        for _ in 0..count {
            let item = body.id(version > 1)?;
            let construction = if version == 0 { 0 } else { body.u16()? & 0xf };
            body.u16()?; // Another file: not used by AVIF.
            let base = body.number(base_size)?;
            let mut extents = Vec::new();
            for _ in 0..body.u16()? {
                body.number(index_size)?;
                let offset = base.saturating_add(body.number(offset_size)?);
                extents.push((offset, body.number(length_size)?));
            }
            if construction < 2 {
                self.locations.push(Location {
                    item,
                    inside: construction == 1,
                    extents,
                });
            }
        }
        Ok(())
    }

    fn read_references(&mut self, mut body: Reader<'_>) -> Result<(), Wrong> {
        let (version, _) = body.full()?;
        while let Some((kind, mut entry)) = body.next_box()? {
            let from = entry.id(version > 0)?;
            let count = entry.u16()?;
            let to = (0..count)
                .map(|_| entry.id(version > 0))
                .collect::<Result<_, _>>()?;
            self.references.push(Reference { kind, from, to });
        }
        Ok(())
    }

    fn read_properties(&mut self, mut body: Reader<'_>) -> Result<(), Wrong> {
        while let Some((kind, mut inner)) = body.next_box()? {
            match &kind {
                b"ipco" => {
                    while let Some((kind, property)) = inner.next_box()? {
                        self.properties.push(read_property(kind, property)?);
                    }
                }
                b"ipma" => {
                    let (version, flags) = inner.full()?;
                    for _ in 0..inner.u32()? {
                        let item = inner.id(version > 0)?;
                        let mut indices = Vec::new();
                        for _ in 0..inner.u8()? {
                            // The top bit says whether the property is essential; indices count from 1.
                            let index = if flags & 1 == 1 {
                                inner.u16()? & 0x7fff
                            } else {
                                u16::from(inner.u8()? & 0x7f)
                            };
                            indices.extend(usize::from(index).checked_sub(1));
                        }
                        self.associations.push((item, indices));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The item that is the picture.
    pub(crate) fn primary(&self) -> u32 {
        self.primary
    }

    /// The four letters of the item's type.
    pub(crate) fn kind(&self, item: u32) -> Option<[u8; 4]> {
        self.items
            .iter()
            .find(|entry| entry.id == item)
            .map(|entry| entry.kind)
    }

    /// What is said of the item, in the order of the file: rotation and mirror are applied in that order.
    pub(crate) fn properties(&self, item: u32) -> impl Iterator<Item = &Property> {
        self.associations
            .iter()
            .filter(move |(id, _)| *id == item)
            .flat_map(|(_, indices)| indices)
            .filter_map(|index| self.properties.get(*index))
    }

    /// Pixels across and down of the primary item, before it is turned.
    pub(crate) fn dimensions(&self) -> Result<(u32, u32), Wrong> {
        self.size(self.primary)
            .ok_or("its header does not say how large the picture is")
    }

    fn size(&self, item: u32) -> Option<(u32, u32)> {
        self.properties(item).find_map(|property| match property {
            Property::Size(width, height) => Some((*width, *height)),
            _ => None,
        })
    }

    /// Where in the file the last byte of any item lies, plus one.
    pub(crate) fn items_end(&self) -> u64 {
        self.locations
            .iter()
            .filter(|location| !location.inside)
            .flat_map(|location| &location.extents)
            .map(|(offset, length)| offset.saturating_add(*length))
            .max()
            .unwrap_or(0)
    }

    /// The item's bytes.
    pub(crate) fn bytes(&self, file: &[u8], item: u32) -> Result<Vec<u8>, Wrong> {
        let location = self
            .locations
            .iter()
            .find(|location| location.item == item)
            .ok_or("a part is nowhere")?;
        let whole = if location.inside { &self.inside } else { file };
        let mut bytes = Vec::new();
        for &(offset, length) in &location.extents {
            let from = usize::try_from(offset).map_err(|_| CUT)?;
            // A length of 0 means: to the end.
            let to = if length == 0 {
                Some(whole.len())
            } else {
                usize::try_from(length).ok().and_then(|n| from.checked_add(n))
            };
            let piece = to
                .and_then(|to| whole.get(from..to))
                .ok_or("a part lies outside the file")?;
            // Extents may overlap: thousands of them over one large part would be a bomb.
            if bytes.len() + piece.len() > file.len() {
                return Err("its parts are larger than the file");
            }
            bytes.extend_from_slice(piece);
        }
        Ok(bytes)
    }

    /// The item that is this one's alpha channel.
    pub(crate) fn alpha_of(&self, item: u32) -> Option<u32> {
        // MIAF (ISO/IEC 23000-22, section 7.3.5.2), and the older name that HEVC tools wrote.
        const ALPHA: [&str; 2] = [
            "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha",
            "urn:mpeg:hevc:2015:auxid:1",
        ];
        let says_alpha = |index: &usize| match self.properties.get(*index) {
            Some(Property::Auxiliary(kind)) => ALPHA.contains(&kind.as_str()),
            _ => false,
        };
        // All such items in one pass: to look for each reference among all belongings took 13 s for a crafted file of 2 MB.
        let alphas: BTreeSet<u32> = self
            .associations
            .iter()
            .filter(|(_, indices)| indices.iter().any(says_alpha))
            .map(|(item, _)| *item)
            .collect();
        self.references
            .iter()
            .filter(|reference| &reference.kind == b"auxl" && reference.to.contains(&item))
            .map(|reference| reference.from)
            .find(|from| alphas.contains(from))
    }

    /// Whether the item's colours are already multiplied by its alpha.
    pub(crate) fn is_premultiplied(&self, item: u32) -> bool {
        self.references
            .iter()
            .any(|reference| &reference.kind == b"prem" && reference.from == item)
    }

    /// The bytes of the items of this kind that describe the item.
    fn descriptions(&self, file: &[u8], item: u32, kind: [u8; 4]) -> impl Iterator<Item = Vec<u8>> {
        // In one pass, as above.
        let of_kind: BTreeSet<u32> = self
            .items
            .iter()
            .filter(|entry| entry.kind == kind)
            .map(|entry| entry.id)
            .collect();
        self.references
            .iter()
            .filter(move |reference| &reference.kind == b"cdsc" && reference.to.contains(&item))
            .map(|reference| reference.from)
            .filter(move |from| of_kind.contains(from))
            .filter_map(|from| self.bytes(file, from).ok())
    }

    /// The packet of XMP that describes the item. Of what a `mime` item may be, only XMP names RDF.
    pub(crate) fn xmp(&self, file: &[u8], item: u32) -> Option<Vec<u8>> {
        const RDF: &[u8] = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#";
        self.descriptions(file, item, *b"mime")
            .take(MAX_DESCRIPTIONS)
            .find(|bytes| bytes.windows(RDF.len()).any(|piece| piece == RDF))
    }

    /// The EXIF block that describes the item.
    pub(crate) fn exif(&self, file: &[u8], item: u32) -> Option<Vec<u8>> {
        let bytes = self.descriptions(file, item, *b"Exif").next()?;
        // ISO/IEC 23008-12, annex A.2.1: the offset of the TIFF header, counted from behind itself.
        let (offset, rest) = bytes.split_first_chunk::<4>()?;
        rest.get(usize::try_from(u32::from_be_bytes(*offset)).ok()?..)
            .map(<[u8]>::to_vec)
    }

    /// The tiles of an item of type `grid`.
    pub(crate) fn grid(&self, file: &[u8], item: u32) -> Result<Grid, Wrong> {
        let bytes = self.bytes(file, item)?;
        let mut reader = Reader(&bytes);
        reader.u8()?; // Version.
        let long = reader.u8()? & 1 == 1;
        let rows = u32::from(reader.u8()?) + 1;
        let columns = u32::from(reader.u8()?) + 1;
        let (width, height) = (reader.id(long)?, reader.id(long)?);
        if rows * columns > MAX_TILES {
            return Err("it has more tiles than any real one");
        }
        let tiles = self
            .references
            .iter()
            .find(|reference| &reference.kind == b"dimg" && reference.from == item)
            .map(|reference| reference.to.clone())
            .unwrap_or_default();
        if tiles.len() as u64 != u64::from(rows) * u64::from(columns) {
            return Err("tiles are missing");
        }
        Ok(Grid {
            columns,
            width,
            height,
            tiles,
        })
    }
}

fn read_property(kind: [u8; 4], mut body: Reader<'_>) -> Result<Property, Wrong> {
    Ok(match &kind {
        b"ispe" => {
            body.full()?;
            Property::Size(body.u32()?, body.u32()?)
        }
        b"irot" => Property::Rotation(body.u8()? & 3),
        b"imir" => Property::Mirror(body.u8()? & 1),
        b"clap" => Property::Crop,
        b"colr" => match body.take(4)? {
            b"prof" | b"rICC" => Property::Icc(body.0.to_vec()),
            b"nclx" => {
                // Code points above 255 do not exist.
                let mut code = || body.u16().map(|code| u8::try_from(code).unwrap_or(2));
                let (primaries, transfer, matrix) = (code()?, code()?, code()?);
                Property::Cicp {
                    primaries,
                    transfer,
                    matrix,
                    full_range: body.u8()? & 0x80 != 0,
                }
            }
            _ => Property::Other,
        },
        b"auxC" => {
            body.full()?;
            let name = body.0.split(|byte| *byte == 0).next().unwrap_or_default();
            Property::Auxiliary(String::from_utf8_lossy(name).into_owned())
        }
        _ => Property::Other,
    })
}
