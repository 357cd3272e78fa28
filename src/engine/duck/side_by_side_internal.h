#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"
#include "base/thread_pool.h"

/// Pieces of work on several threads.

namespace firn::duck {

/// Calls `work` with 0 to `count` - 1, each once, begun in this order, on this thread and on at
/// most `threads_max` - 1 of the pool's, so that it goes on where the pool has none to lend.
/// Returns when all that were begun have ended; after an error none is begun. What is thrown comes
/// back as by RunGuarded. Errors: those of the first piece that failed.
Status RunSideBySide(ThreadPool& pool, std::size_t count, std::size_t threads_max,
                     const std::function<Status(std::size_t)>& work);

}  // namespace firn::duck
