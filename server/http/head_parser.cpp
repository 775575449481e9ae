#include "server/http/head_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>

namespace autoscaler::server::http {

namespace beast = boost::beast;

// Takes what Beast's parser finds. Everything behind the head is left to request_reader.
class head_parser::collector final : public beast::http::basic_parser<true> {
public:
    collector(head_parser& owner, std::size_t most_fields) : owner_(owner), most_fields_(most_fields) {}

    bool too_many_fields() const { return too_many_fields_; }

private:
    using code = beast::error_code;

    static std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

    void
    on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version, code&)
        override {
        owner_.head_.method = view(method);
        owner_.head_.target = view(target);
        owner_.http_1_0_ = version == 10;
    }

    void
    on_field_impl(beast::http::field, beast::string_view name, beast::string_view value, code& ec) override {
        if (owner_.fields_.size() == most_fields_) {
            too_many_fields_ = true;
            ec = beast::http::error::header_limit;
        } else
            owner_.fields_.push_back({view(name), view(value)});
    }

    void on_response_impl(int, beast::string_view, int, code&) override {}

    void on_header_impl(code&) override {}

    void on_body_init_impl(boost::optional<std::uint64_t> const&, code&) override {}

    std::size_t on_body_impl(beast::string_view, code&) override { return 0; }

    void on_chunk_header_impl(std::uint64_t, beast::string_view, code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, code&) override { return 0; }

    void on_finish_impl(code&) override {}

    head_parser& owner_;
    std::size_t most_fields_;
    bool too_many_fields_ = false;
};

unsigned head_parser::refuse(unsigned status, std::string_view detail) {
    why_ = std::to_string(status);
    why_ += ' ';
    why_ += reason(status);
    if (!detail.empty()) {
        why_ += ": ";
        why_ += detail;
    }
    return status;
}

// What the grammar allows and we do not: anything that two readers could frame or route differently.
unsigned head_parser::judge() {
    std::size_t hosts = 0;
    for (auto const& [name, value] : fields_) {
        if (same_text(name, "host"))
            ++hosts;
        else if (same_text(name, "transfer-encoding")) {
            if (!same_text(value, "chunked"))
                return refuse(501, "unsupported transfer encoding");
            if (http_1_0_)
                return refuse(400, "transfer encoding in HTTP/1.0");
        } else if (same_text(name, "expect"))
            expects_continue_ = !http_1_0_ && same_text(value, "100-continue");
    }
    if (hosts == 0 && !http_1_0_)
        return refuse(400, "missing required Host header");
    return hosts > 1 ? refuse(400) : 0;
}

unsigned head_parser::parse(std::string_view head, std::size_t most_fields) {
    fields_.clear();
    head_ = {};
    expects_continue_ = false;

    // A field on several lines: RFC 9112, 5.2 lets a server refuse it, and others may end it at the first.
    if (head.find("\r\n ") != std::string_view::npos || head.find("\r\n\t") != std::string_view::npos)
        return refuse(400);
    collector parser(*this, most_fields);
    parser.header_limit(static_cast<std::uint32_t>(head.size() + 1));
    parser.body_limit(boost::none); // request_reader has the limit
    beast::error_code ec;
    parser.put(boost::asio::const_buffer(head.data(), head.size()), ec);
    if (parser.too_many_fields())
        return refuse(431);
    if (ec || !parser.is_header_done())
        return refuse(400);

    chunked_ = parser.chunked();
    keep_alive_ = parser.keep_alive();
    content_length_.reset();
    if (auto const length = parser.content_length())
        content_length_ = *length;
    head_.fields = fields_;
    std::size_t const query = head_.target.find('?');
    head_.path = head_.target.substr(0, query);
    if (query != std::string_view::npos)
        head_.query = head_.target.substr(query + 1);
    return judge();
}

} // namespace autoscaler::server::http
