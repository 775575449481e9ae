// The shapes of answers of Alertmanager's API v2, and what each of its routes does before and after its own
// work. No state.
#pragma once

#include "server/http/router.hpp"

namespace autoscaler::server::alertmanager {

// `{"code":CODE,"message":"..."}`: what its framework says.
http::response v2_fault(unsigned status, int code, std::string_view message);

// `"..."` and a line end: what its own code says.
http::response v2_said(unsigned status, std::string_view text);

// A value in JSON; `body` lacks the line end only.
http::response v2_value(std::string body);

// Adds the fields that every answer of the API has.
http::response v2_sealed(http::response answer);

// 405 for a method that a path does not know. `allowed`: "POST,GET", in any order.
http::response v2_wrong_method(http::request const& asked, std::string_view allowed);

// A GET route, as Alertmanager has it: HEAD is refused, and so is what judge_media_types() says. `allowed`
// lists the methods of the path.
http::handler v2_reading(std::string allowed, http::handler read);

// Whether a client with this Accept field takes JSON. A missing field takes anything.
bool accepts_json(std::string_view accept);

// What is wrong with the Content-Type of a body or, where there is none, with what the client accepts; else
// an answer with status 200. `lenient`: types that people's tools send unasked pass, too.
http::response judge_media_types(http::request const& asked, bool lenient);

} // namespace autoscaler::server::alertmanager
