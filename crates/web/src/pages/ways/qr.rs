//! A QR code as the path of an inline SVG: nothing is fetched for it, and no style is inline.

use qrcode::{Color, EcLevel, QrCode};

/// The empty border that readers need (ISO/IEC 18004), in modules.
const QUIET: usize = 4;

/// A square of modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    /// The length of a side, border included, in modules.
    pub(super) side: usize,
    /// The dark modules, as SVG path data.
    pub(super) path: String,
}

impl Code {
    /// The code of a text; `None` when it is too long for one.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let (width, colors) = (code.width(), code.to_colors());
        let rows = colors.chunks(width).enumerate();
        let path = rows.map(|(y, row)| dark_runs(row, y + QUIET)).collect();
        Some(Self { side: width + 2 * QUIET, path })
    }
}

/// The dark runs of one row, each as a rectangle of height 1.
fn dark_runs(row: &[Color], y: usize) -> String {
    let mut path = String::new();
    let mut x = 0;
    for run in row.chunk_by(|left, right| left == right) {
        let length = run.len();
        if run[0] == Color::Dark {
            path.push_str(&format!("M{} {y}h{length}v1h-{length}z", x + QUIET));
        }
        x += length;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_corner_marks_inside_a_quiet_border() {
        let code = Code::of("otpauth://totp/Example:mia?secret=JBSWY3DPEHPK3PXP").expect("fits");
        // Each of the three corners has a line of seven dark modules.
        assert!(code.path.starts_with("M4 4h7v1h-7z"));
        let right = code.side - QUIET - 7;
        assert!(code.path.contains(&format!("M{right} 4h7v1h-7z")));
        assert!(code.path.bytes().all(|byte| b"Mhvz- 0123456789".contains(&byte)));
    }

    #[test]
    fn what_is_too_long_has_no_code() {
        assert_eq!(Code::of(&"x".repeat(10_000)), None);
    }
}
