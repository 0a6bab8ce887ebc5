//! Distances on the globe.

/// The mean radius of the Earth.
const EARTH_KM: f64 = 6_371.008_8;

/// The great-circle distance between two places in degrees north and east, by the haversine
/// formula.
pub(super) fn distance_km(one: (f64, f64), other: (f64, f64)) -> f64 {
    let (north, east) = ((other.0 - one.0).to_radians(), (other.1 - one.1).to_radians());
    let half = |angle: f64| (angle / 2.0).sin().powi(2);
    let square = half(north) + one.0.to_radians().cos() * other.0.to_radians().cos() * half(east);
    2.0 * EARTH_KM * square.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OSLO: (f64, f64) = (59.91, 10.75);
    const SINGAPORE: (f64, f64) = (1.35, 103.82);

    #[test]
    fn known_distances_are_met() {
        for (one, other, km) in [
            (OSLO, SINGAPORE, 10_050.0),
            (OSLO, OSLO, 0.0),
            ((0.0, 0.0), (0.0, 180.0), 20_015.0),
            ((90.0, 0.0), (-90.0, 77.0), 20_015.0),
            ((0.0, 179.5), (0.0, -179.5), 111.2),
        ] {
            let found = distance_km(one, other);
            assert!((found - km).abs() < 15.0, "{found} for {km}");
        }
    }

    fn place() -> impl Strategy<Value = (f64, f64)> {
        (-90.0..=90.0_f64, -180.0..=180.0_f64)
    }

    proptest! {
        #[test]
        fn it_is_a_distance(a in place(), b in place(), c in place()) {
            let (ab, ba) = (distance_km(a, b), distance_km(b, a));
            prop_assert!((0.0..=20_016.0).contains(&ab) && (ab - ba).abs() < 1e-6);
            prop_assert!(ab <= distance_km(a, c) + distance_km(c, b) + 1e-6);
        }
    }
}
