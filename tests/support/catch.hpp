// The test framework for every test file, whichever Catch2 the system has: 2.13 ships one header, 3.x many.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
