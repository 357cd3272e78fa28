#pragma once

/// The catalogs of the server as sessions hold them: there, and out of reach until a right is
/// shown.

namespace firn::catalog {
class CatalogRegistry;
}

namespace firn::session {

/// Only an Access (access_internal.h), which only the check of a user's rights makes, opens it: a
/// statement that does not say what it needs does not compile. The registry outlives it.
class GuardedCatalogs {
 public:
  /// Implicit: whoever has the registry itself needs no guard.
  GuardedCatalogs(catalog::CatalogRegistry& catalogs)  // NOLINT(google-explicit-constructor): so
      : catalogs_(&catalogs) {}

 private:
  friend class Access;
  catalog::CatalogRegistry* catalogs_;
};

}  // namespace firn::session
