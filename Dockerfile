# docker build -t tinygrad . && docker run --rm -it tinygrad
# The programs are compiled for the processor of the machine that builds the image.
FROM debian:bookworm-slim
WORKDIR /tinygrad
COPY . .
RUN ./quickstart mnist --help
CMD ["./quickstart", "mnist"]
