//! Measures the server, side by side with its peers. Run it with `cargo xtask bench`.

fn main() -> anyhow::Result<()> {
    testkit::bench::main()
}
