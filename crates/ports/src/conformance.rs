//! x
/// x
pub async fn store<F: AsyncFn() -> std::sync::Arc<dyn crate::store::Store>>(make: F) {
    make().await;
}
