//! A LIMIT that stands in the statement.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;

/// The first `N` rows of a query. diesel's own LIMIT is a bound parameter, with which SQLite plans anew at each use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Few<Q, const N: u8>(pub Q);

impl<Q: QueryId, const N: u8> QueryId for Few<Q, N> {
    type QueryId = Few<Q::QueryId, N>;

    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query, const N: u8> Query for Few<Q, N> {
    type SqlType = Q::SqlType;
}

impl<DB: Backend, Q: QueryFragment<DB>, const N: u8> QueryFragment<DB> for Few<Q, N> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(&format!(" LIMIT {N}"));
        Ok(())
    }
}

impl<C, Q, const N: u8> RunQueryDsl<C> for Few<Q, N> {}
