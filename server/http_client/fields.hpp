// The header fields of one request: what the caller gives, what the configuration adds, and who we say that
// we are. Reads the files of secrets.
#pragma once

#include "policy/core/http_config.hpp"
#include "server/http_client/message.hpp"
#include "server/http_client/url.hpp"

namespace autoscaler::server::http_client {

// Fields with their final values, each name once; Host and Content-Length are not among them. The first that
// there is of these becomes Authorization: the request's own field, the URL's user, basic auth, credentials.
// A name or value that would break the head apart is an error: it may come out of a file.
result<field_list> fields_of(request const& what, policy::http_config const& how, url const& where);

// What of a request may be shown to another origin than the one it was meant for.
request for_strangers(request what);
policy::http_config for_strangers(policy::http_config how);

} // namespace autoscaler::server::http_client
