# Everything Firn links, found once. System packages come from deps/apt.txt, DuckDB from deps/duckdb.lock.
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(pugixml REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(GTest REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(SNAPPY REQUIRED IMPORTED_TARGET snappy)
find_package(roaring REQUIRED)
pkg_check_modules(EDIT REQUIRED IMPORTED_TARGET libedit)

if(NOT FIRN_DUCKDB_DIR)
  if(DEFINED ENV{XDG_CACHE_HOME})
    set(FIRN_DUCKDB_DIR "$ENV{XDG_CACHE_HOME}/firn/duckdb-1.5.6")
  else()
    set(FIRN_DUCKDB_DIR "$ENV{HOME}/.cache/firn/duckdb-1.5.6")
  endif()
endif()
if(NOT EXISTS "${FIRN_DUCKDB_DIR}/lib/libduckdb.so")
  message(FATAL_ERROR "No DuckDB at ${FIRN_DUCKDB_DIR}. Run ./dev setup, which fetches it.")
endif()

# Library and headers are the same commit; engine/duck checks that again when it opens.
add_library(firn_duckdb SHARED IMPORTED)
set_target_properties(firn_duckdb PROPERTIES IMPORTED_LOCATION "${FIRN_DUCKDB_DIR}/lib/libduckdb.so")
target_include_directories(firn_duckdb SYSTEM INTERFACE
  ${FIRN_DUCKDB_DIR}/src/include
  ${FIRN_DUCKDB_DIR}/extension/parquet/include
  ${FIRN_DUCKDB_DIR}/third_party/parquet
  ${FIRN_DUCKDB_DIR}/third_party/thrift
  ${FIRN_DUCKDB_DIR}/third_party/zstd/include
  ${FIRN_DUCKDB_DIR}/third_party/snappy
  ${FIRN_DUCKDB_DIR}/third_party/re2
  ${FIRN_DUCKDB_DIR}/third_party/fastpforlib
  ${FIRN_DUCKDB_DIR}/third_party/fmt/include
  ${FIRN_DUCKDB_DIR}/third_party/concurrentqueue
  ${FIRN_DUCKDB_DIR}/third_party/lz4
  ${FIRN_DUCKDB_DIR}/third_party/brotli/include
  ${FIRN_DUCKDB_DIR}/third_party/hyperloglog)
# DuckDB's headers change layout under DEBUG; they are always seen as the prebuilt library saw them.
target_compile_options(firn_duckdb INTERFACE -UDEBUG -DNDEBUG)
