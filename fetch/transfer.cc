#include "fetch/transfer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace scraper::fetch {

namespace {

template <class T>
T info(CURL* easy, CURLINFO what) {
  T value{};
  curl_easy_getinfo(easy, what, &value);
  return value;
}

Duration duration(CURL* easy, CURLINFO what) {
  return std::chrono::microseconds(info<curl_off_t>(easy, what));
}

std::string_view protocol_name(long version) {
  switch (version) {
    case CURL_HTTP_VERSION_1_0: return "http/1.0";
    case CURL_HTTP_VERSION_1_1: return "http/1.1";
    case CURL_HTTP_VERSION_2_0: return "h2";
    default: return {};
  }
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

Transfer& self(void* transfer) { return *static_cast<Transfer*>(transfer); }

}  // namespace

// statx and not fstat: the number may have gone to another thread, which is what is being asked.
// Whatever that thread does to it meanwhile, the answer is right: sockets of other numbers are
// never taken for this one.
std::optional<std::uint64_t> socket_identity(int descriptor) {
  struct statx status {};
  if (::statx(descriptor, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO, &status) != 0 ||
      !S_ISSOCK(status.stx_mode))
    return std::nullopt;
  return status.stx_ino;
}

Transfer::Transfer(FetchRequest request, const TransferSetup& setup)
    : request_(std::move(request)),
      setup_(setup),
      endpoint_(endpoint_of(request_.url, setup.options.connect_to)),
      head_(setup.options.max_head),
      body_(setup.options, request_.max_body.value_or(setup.options.max_body), setup.accounts) {}

std::optional<Outcome> Transfer::refusal() const {
  const std::string host = one_line(endpoint_.host);
  if (!request_.url.is_http()) return Outcome{FetchError::kProtocol, "neither http nor https"};
  if (endpoint_.port == 0) return Outcome{FetchError::kConnect, "port 0 cannot be connected to"};
  if (!setup_.options.proxy.empty()) {
    const auto what = setup_.options.guard->refusal_by_name(endpoint_.host);
    if (what) return Outcome{FetchError::kAddressRefused, host + ": " + std::string(*what)};
  } else if (request_.addresses.empty() && !literal_address(endpoint_.host)) {
    return Outcome{FetchError::kResolve, host + ": no address"};
  }
  return std::nullopt;
}

void Transfer::prepare(CURL* easy, SocketOwner& sockets, const std::vector<std::string>& forget) {
  easy_ = easy;
  sockets_ = &sockets;
  started_ = wall_now();
  begun_ = last_moved_ = SteadyClock::now();
  set_target(easy);
  set_names(easy, forget);
  if (request_.sends_secrets)
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, setup_.headers_with_secrets.get());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_buffer_);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug);
  curl_easy_setopt(easy, CURLOPT_DEBUGDATA, this);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
}

void Transfer::set_target(CURL* easy) {
  const Url& url = request_.url;
  std::string bare = url.origin();  // no credentials, no fragment
  bare.append(url.path_and_query());
  curl_easy_setopt(easy, CURLOPT_URL, bare.c_str());
  // A proxy that is asked for http wants the absolute form (RFC 9112 3.2.2), everybody else the
  // origin form. libcurl tunnels through it whenever the connection is to go elsewhere.
  const bool is_absolute =
      starts_with(setup_.options.proxy, "http") && url.scheme() == "http" && !goes_elsewhere();
  const std::string target = is_absolute ? bare : std::string(url.path_and_query());
  curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, target.c_str());
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, url.scheme() == "https" ? 1L : 0L);
}

void Transfer::set_names(CURL* easy, const std::vector<std::string>& forget) {
  for (const std::string& name : forget) append(resolve_, fmt::format("-{}", name));
  if (!request_.addresses.empty() && !literal_address(endpoint_.host)) {
    std::string line = fmt::format("+{}:{}:", endpoint_.host, endpoint_.port);
    for (const auto& address : request_.addresses) {
      line += address.is_v6() ? fmt::format("[{}],", address.to_string())
                              : fmt::format("{},", address.to_string());
    }
    line.pop_back();
    append(resolve_, line);
  }
  curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve_.get());
  if (goes_elsewhere()) append(connect_to_, fmt::format("::{}:{}", endpoint_.host, endpoint_.port));
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_.get());
}

bool Transfer::goes_elsewhere() const {
  return endpoint_.host != request_.url.host() || endpoint_.port != request_.url.effective_port();
}

std::string Transfer::name() const {
  return literal_address(endpoint_.host) && endpoint_.host.front() == '['
             ? std::string()
             : fmt::format("{}:{}", endpoint_.host, endpoint_.port);
}

std::size_t Transfer::on_head(char* bytes, std::size_t size, std::size_t count, void* transfer) {
  self(transfer).has_moved_ = true;
  const std::string_view line(bytes, size * count);
  return self(transfer).head_.take(line)
             ? line.size()
             : line.size() + 1;  // anything but the size ends the transfer
}

std::size_t Transfer::on_body(char* bytes, std::size_t size, std::size_t count, void* transfer) {
  Transfer& t = self(transfer);
  t.has_moved_ = true;
  if (t.has_had_its_share(size * count)) return CURL_WRITEFUNC_PAUSE;
  if (t.body_.size() == 0) {
    const auto length = info<curl_off_t>(t.easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
    if (length > 0) t.body_.expect(static_cast<std::uint64_t>(length));
  }
  const std::string_view part(bytes, size * count);
  return t.body_.take(part) ? part.size() : part.size() + 1;
}

// A piece costs something however small it is.
bool Transfer::has_had_its_share(std::size_t size) {
  constexpr std::uint64_t kShare = 1u << 20;
  constexpr std::uint64_t kCostOfPiece = 256;
  if (turn_ == nullptr) return false;
  if (std::exchange(own_turn_, turn_->number) != turn_->number) taken_ = 0;
  if (taken_ >= kShare) {
    turn_->paused.push_back(easy_);
    return true;
  }
  taken_ += size + kCostOfPiece;
  return false;
}

int Transfer::on_progress(void* transfer, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  Transfer& t = self(transfer);
  if (t.is_cancelled()) return 1;
  if (!t.is_request_begun_) return 0;  // connecting has a time-out of its own
  const TimePoint now = SteadyClock::now();
  if (std::exchange(t.has_moved_, false)) t.last_moved_ = now;
  t.is_stalled_ = now - t.last_moved_ >= t.setup_.options.timeout;
  return t.is_stalled_ ? 1 : 0;
}

int Transfer::on_debug(CURL* easy, curl_infotype type, char* bytes, std::size_t size,
                       void* transfer) {
  const std::string_view text(bytes, size);
  if (type != CURLINFO_HEADER_OUT || starts_with(text, "CONNECT ")) return 0;
  std::string& head = self(transfer).request_head_;
  if (starts_with(text, "GET "))
    head.clear();  // sent anew, after a kept connection turned out to be dead
  head.append(text);
  if (text.ends_with("\r\n\r\n"))
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 0L);  // else the rest is still to be sent
  return 0;
}

curl_socket_t Transfer::on_open_socket(void* transfer, curlsocktype, curl_sockaddr* address) {
  Transfer& t = self(transfer);
  if (t.setup_.options.proxy.empty()) {
    if (const auto what = t.setup_.options.guard->refusal(&address->addr)) {
      t.refused_address_ = *what;
      return CURL_SOCKET_BAD;
    }
  }
  const int made = ::socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                            address->protocol);
  if (made < 0 || !t.sockets_->opened(made)) {
    t.local_fault_ = errno_error("cannot open", "a socket");
    if (made >= 0) ::close(made);
    return CURL_SOCKET_BAD;
  }
  t.opened_.push_back(made);
  return made;
}

// Called when a connection, new or kept, is about to be used: the guard judges what it really is
// connected to.
int Transfer::on_request(void* transfer, char* remote_address, char*, int, int) {
  Transfer& t = self(transfer);
  t.remote_address_ = remote_address;
  t.is_request_begun_ = true;
  t.last_moved_ = SteadyClock::now();
  curl_easy_setopt(
      t.easy_, CURLOPT_VERBOSE,
      1L);  // for the request as sent, and for no more: formatting what it says costs CPU
  if (!t.setup_.options.proxy.empty()) return CURL_PREREQFUNC_OK;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(t.remote_address_, error);
  const auto what = error ? std::optional<std::string_view>("no internet address")
                          : t.setup_.options.guard->refusal(address);
  if (!what) return CURL_PREREQFUNC_OK;
  t.refused_address_ = *what;
  t.is_request_begun_ = false;
  return CURL_PREREQFUNC_ABORT;
}

Outcome Transfer::outcome(CURL* easy, CURLcode code) const {
  const bool is_whole = body_.is_cut() || (code == CURLE_OK && head_.is_complete());
  if (is_whole && !body_.fault()) return {};
  if (is_cancelled()) return {FetchError::kCancelled, "cancelled"};
  if (head_.error() != FetchError::kNone) return {head_.error(), one_line(head_.fault())};
  if (body_.fault()) return outcome_of(*body_.fault());
  if (is_stalled_)
    return {FetchError::kTimeout,
            "no byte for " + std::to_string(setup_.options.timeout.count()) + " ms"};
  if (local_fault_ && !is_request_begun_) return outcome_of(*local_fault_);
  const bool is_refused_now = code == CURLE_ABORTED_BY_CALLBACK;
  if (!refused_address_.empty() && !is_request_begun_ && (opened_.empty() || is_refused_now)) {
    return {FetchError::kAddressRefused,
            one_line(endpoint_.host) + ": " + refused_address_ + " address"};
  }
  Ending ending;
  ending.code = code == CURLE_OK ? CURLE_GOT_NOTHING : code;  // nothing but interim responses
  ending.detail = error_buffer_;
  ending.is_connected = is_request_begun_ || info<curl_off_t>(easy, CURLINFO_CONNECT_TIME_T) > 0;
  ending.has_head = head_.is_complete();
  ending.has_proxy = !setup_.options.proxy.empty();
  ending.connect_status = info<long>(easy, CURLINFO_HTTP_CONNECTCODE);
  return outcome_of(ending);
}

void Transfer::measure(CURL* easy, Capture& capture) const {
  capture.remote_address = remote_address_;
  capture.is_new_connection = info<long>(easy, CURLINFO_NUM_CONNECTS) > 0;
  capture.received_bytes =
      head_.size() + static_cast<std::uint64_t>(info<curl_off_t>(easy, CURLINFO_SIZE_DOWNLOAD_T));
  if (capture.is_new_connection) {
    const Duration tls = duration(easy, CURLINFO_APPCONNECT_TIME_T);
    capture.timing.connected =
        tls > Duration::zero() ? tls : duration(easy, CURLINFO_CONNECT_TIME_T);
  }
  capture.timing.first_byte = duration(easy, CURLINFO_STARTTRANSFER_TIME_T);
  capture.timing.total = SteadyClock::now() - begun_;
}

Capture Transfer::finish(CURL* easy, CURLcode code) {
  body_.flush();
  Capture capture = finish_unbegun(outcome(easy, code));
  capture.request_head = std::move(request_head_);
  capture.timing.started = started_;
  measure(easy, capture);
  for (const curl_socket_t socket : opened_) sockets_->settle(socket);
  if (!capture.has_answer()) return capture;
  capture.head = std::move(head_.head());
  capture.status = head_.status();
  capture.body = body_.finish();
  capture.is_truncated = body_.is_cut();
  capture.protocol = protocol_name(info<long>(easy, CURLINFO_HTTP_VERSION));
  return capture;
}

Capture Transfer::finish_unbegun(Outcome outcome) {
  Capture capture;
  capture.url = std::move(request_.url);
  capture.error = outcome.error;
  capture.error_text = std::move(outcome.text);
  capture.timing.started = wall_now();
  return capture;
}

}  // namespace scraper::fetch
