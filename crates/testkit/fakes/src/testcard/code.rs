//! The cells: 48 bits over the picture's upper edge.

use super::Reading;

/// Cells in a row.
pub(super) const COLUMNS: usize = 24;
/// Rows of cells.
pub(super) const ROWS: usize = 2;
/// Share of the picture's height that one row takes.
pub(super) const ROW_HEIGHT: f32 = 1.0 / 15.0;
/// Cells in all.
pub(super) const CELLS: usize = COLUMNS * ROWS;

/// A cell darker than this is black.
const DARK: f32 = 96.0;
/// A cell brighter than this is white; between the two the card is unreadable.
const BRIGHT: f32 = 150.0;

/// The cells of a reading, row by row: true is white.
pub(super) fn encode(reading: Reading) -> [bool; CELLS] {
    let bits = u64::from(reading.sender) << 40 | u64::from(reading.number) << 8 | u64::from(check(reading));
    std::array::from_fn(|cell| bits >> (CELLS - 1 - cell) & 1 == 1)
}

/// Reads the cells of the card that is shown at left, top, width, height; `luma` gives a pixel, `None` outside.
pub(super) fn read(
    (left, top, width, height): (f32, f32, f32, f32),
    luma: impl Fn(usize, usize) -> Option<u8>,
) -> Option<Reading> {
    let (cell_width, cell_height) = (width / COLUMNS as f32, height * ROW_HEIGHT);
    if cell_width < 2.0 || cell_height < 2.0 || left < 0.0 || top < 0.0 {
        return None;
    }
    let mut bits = 0u64;
    for cell in 0..CELLS {
        let x = left + cell_width * (cell % COLUMNS) as f32;
        let y = top + cell_height * (cell / COLUMNS) as f32;
        let mean = mean(
            (x + cell_width * 0.3, x + cell_width * 0.7),
            (y + cell_height * 0.3, y + cell_height * 0.7),
            &luma,
        )?;
        let white = match mean {
            mean if mean < DARK => 0,
            mean if mean > BRIGHT => 1,
            _ => return None,
        };
        bits = bits << 1 | white;
    }
    let reading = Reading { sender: (bits >> 40) as u8, number: (bits >> 8) as u32 };
    (check(reading) == bits as u8).then_some(reading)
}

/// The mean of a rectangle, at least one pixel of it.
fn mean(x: (f32, f32), y: (f32, f32), luma: &impl Fn(usize, usize) -> Option<u8>) -> Option<f32> {
    let span = |(from, to): (f32, f32)| from as usize..=(to as usize).max(from as usize);
    let (mut sum, mut count) = (0u32, 0u32);
    for row in span(y) {
        for column in span(x) {
            sum += u32::from(luma(column, row)?);
            count += 1;
        }
    }
    Some(sum as f32 / count as f32)
}

/// CRC-8 with the polynomial x⁸ + x² + x + 1, beginning with all ones, so that neither a black nor a white picture is a
/// card.
fn check(reading: Reading) -> u8 {
    let bytes = std::iter::once(reading.sender).chain(reading.number.to_be_bytes());
    bytes.fold(0xff, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc: u8, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 })
    })
}
