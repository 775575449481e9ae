#include "server/http_client/secret.hpp"

#include "server/text/utf8.hpp"
#include "swarm_client/transport/file.hpp"

namespace autoscaler::server::http_client {

result<std::string> read_source(policy::secret_source const& from, std::size_t longest) {
    if (from.file.empty())
        return from.text;
    auto content = swarm::transport::read_file(from.file, longest);
    if (!content)
        return error{
            error_kind::secret,
            "",
            "cannot read " + text::in_quotes(from.file) + ": " + content.error().message
        };
    return std::move(*content);
}

result<std::string> read_secret(policy::secret_source const& from) {
    auto content = read_source(from, longest_secret);
    if (!content || from.file.empty())
        return content;
    constexpr std::string_view space = " \t\r\n\v\f";
    std::size_t const first = content->find_first_not_of(space);
    if (first == std::string::npos)
        return std::string();
    return content->substr(first, content->find_last_not_of(space) + 1 - first);
}

} // namespace autoscaler::server::http_client
